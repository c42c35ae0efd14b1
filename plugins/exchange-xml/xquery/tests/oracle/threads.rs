//! Runs numbered cases on threads with stacks that xee is content with.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const THREADS: usize = 2;
const STACK_BYTES: usize = 128 * 1024 * 1024;

/// The results of cases 0 to `count`, in no order.
pub(crate) fn run<T: Send>(count: usize, case: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            let work = || loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    break;
                }
                let result = case(number);
                results.lock().expect("no thread panics").push(result);
            };
            let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
            thread.spawn_scoped(scope, work).expect("a thread starts");
        }
    });
    results.into_inner().expect("no thread panics")
}
