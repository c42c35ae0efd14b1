//! Work that takes longer than a connection's turn, as dropping a million messages does.
//!
//! A worker that does it leaves its other tasks, and the sockets that it looks after, to another
//! thread first.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Steps, such as messages that enter or leave a queue, that a turn may take: below a millisecond.
/// Handing a worker's tasks over costs about twenty microseconds.
const TURN_STEPS: usize = 4_000;

/// Does work of so many steps, not in the way of other tasks where that are too many for a turn.
pub(crate) fn in_steps<T>(steps: usize, work: impl FnOnce() -> T) -> T {
    let is_worker = || {
        Handle::try_current()
            .is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread)
    };
    if steps > TURN_STEPS && is_worker() { tokio::task::block_in_place(work) } else { work() }
}

/// Does work that may wait for a disk, not in the way of other tasks.
pub(crate) fn off_turn<T>(work: impl FnOnce() -> T) -> T {
    in_steps(usize::MAX, work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_wherever_it_is_asked_for() {
        assert_eq!(in_steps(usize::MAX, || 1), 1);
        let alone = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(alone.block_on(async { in_steps(usize::MAX, || 2) }), 2);
    }

    #[test]
    fn others_go_on_while_a_worker_works_long() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
        let answer = runtime.unwrap().block_on(async {
            let (ask, asked) = std::sync::mpsc::channel();
            let long = tokio::spawn(async move {
                tokio::spawn(async move { ask.send(3) });
                in_steps(usize::MAX, || asked.recv())
            });
            long.await
        });
        assert_eq!(answer.unwrap(), Ok(3));
    }
}
