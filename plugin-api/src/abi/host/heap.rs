//! The heap that a host and its native plugins have in common, given back to the system.
//!
//! The allocator of glibc keeps what was freed between blocks that are still in use; it gives pages
//! of it back when it is told to. Every library of the process allocates there, so the host tells.

/// Gives the pages of the heap that nothing lies on back to the system. Whoever allocates meanwhile
/// may wait: call it when much was freed. Does nothing where the system's allocator is another,
/// for those do it by themselves.
pub fn give_back_heap() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    trim();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn trim() {
    unsafe extern "C" {
        /// `malloc.h` of glibc: keeps `pad` bytes at the heap's end, answers whether pages went.
        fn malloc_trim(pad: usize) -> core::ffi::c_int;
    }
    // SAFETY: the declaration is that of malloc.h; the function takes the allocator's own locks,
    // may be called from any thread at any time, and touches no memory that is in use.
    let _ = unsafe { malloc_trim(0) };
}

#[cfg(test)]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::give_back_heap;

    fn resident_pages() -> usize {
        let text = std::fs::read_to_string("/proc/self/statm").unwrap();
        text.split(' ').nth(1).unwrap().parse().unwrap()
    }

    #[test]
    fn what_lies_between_blocks_in_use_goes_back() {
        const BLOCKS: usize = 200_000;
        let mut blocks: Vec<_> = (0..BLOCKS).map(|_| Some(Box::new([1u8; 500]))).collect();
        let full = resident_pages();
        blocks.iter_mut().enumerate().filter(|(at, _)| at % 1_000 != 0).for_each(|(_, block)| {
            block.take();
        });
        give_back_heap();
        let bytes = full.saturating_sub(resident_pages()) * 4_096;
        assert!(bytes > BLOCKS * 500 / 2, "only {bytes} bytes went back");
    }
}
