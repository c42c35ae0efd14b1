//! The process's memory: the limit above which publishers are held back, and what was freed given
//! back to the system.

mod gate;
mod heap;

pub(crate) use gate::MemoryGate;
pub(crate) use heap::Heap;
