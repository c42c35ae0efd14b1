//! Variables in scope, and the slots that hold their values.
//!
//! Invariants: no two variables of one frame share a slot; what an inline function takes from
//! outside has a slot in every frame between.

use crate::atomic::Atomic;
use crate::expression::Slot;
use crate::name::QName;

use super::facts::Facts;

/// What a variable is.
#[derive(Clone, Debug)]
pub(super) enum Bound {
    Slot(Slot),
    /// Always the same.
    Constant(Atomic),
}

#[derive(Clone, Debug)]
struct Binding {
    name: QName,
    bound: Bound,
    facts: Facts,
}

/// The variables of one function or body.
#[derive(Debug, Default)]
struct Frame {
    /// In the order they came into scope.
    bindings: Vec<Binding>,
    /// With the slot in the frame outside.
    captured: Vec<(Slot, Binding)>,
    slots: usize,
}

/// The frames of functions inside each other, the innermost last.
#[derive(Debug)]
pub(super) struct Frames {
    outer: Vec<Frame>,
    inner: Frame,
}

/// A point to which a scope is taken back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark(usize);

/// What an inline function needs.
#[derive(Debug)]
pub(super) struct Captures {
    /// Slots of the frame that the function is made in.
    pub(super) outer: Vec<Slot>,
    /// Slots of its own frame, in the same order.
    pub(super) inner: Vec<Slot>,
    /// How many slots its own frame has.
    pub(super) slots: usize,
}

impl Frames {
    pub(super) fn new() -> Self {
        Self { outer: Vec::new(), inner: Frame::default() }
    }

    /// How many slots the innermost frame needs so far.
    pub(super) fn slots(&self) -> usize {
        self.inner.slots
    }

    /// A slot that nothing else uses.
    pub(super) fn slot(&mut self) -> Slot {
        self.inner.slots += 1;
        self.inner.slots - 1
    }

    /// Brings a variable into scope.
    pub(super) fn bind(&mut self, name: QName, facts: Facts) -> Slot {
        let slot = self.slot();
        self.bind_slot(name, slot, facts);
        slot
    }

    /// Brings a variable into scope whose slot is there already.
    pub(super) fn bind_slot(&mut self, name: QName, slot: Slot, facts: Facts) {
        let facts = facts.of_variable();
        self.inner.bindings.push(Binding { name, bound: Bound::Slot(slot), facts });
    }

    /// Brings a variable into scope that is a literal.
    pub(super) fn bind_constant(&mut self, name: QName, value: Atomic) {
        let facts = Facts::of_atomic(&value);
        self.inner.bindings.push(Binding { name, bound: Bound::Constant(value), facts });
    }

    /// Where the scope stands now.
    pub(super) fn mark(&self) -> Mark {
        Mark(self.inner.bindings.len())
    }

    /// Takes away what came into scope since.
    pub(super) fn release(&mut self, mark: Mark) {
        self.inner.bindings.truncate(mark.0);
    }

    /// The slots of all variables that came into scope since, but for those that another of the
    /// same name hides.
    pub(super) fn visible_since(&self, mark: Mark) -> Vec<(QName, Slot)> {
        let mut visible: Vec<(QName, Slot)> = Vec::new();
        for binding in self.inner.bindings.iter().skip(mark.0).rev() {
            if let Bound::Slot(slot) = binding.bound
                && !visible.iter().any(|(name, _)| *name == binding.name)
            {
                visible.push((binding.name.clone(), slot));
            }
        }
        visible.reverse();
        visible
    }

    /// Whether a variable of that name came into scope since, and its slot.
    pub(super) fn slot_since(&self, mark: Mark, name: &QName) -> Option<Slot> {
        let mut bindings = self.inner.bindings.iter().skip(mark.0).rev();
        match bindings.find(|binding| binding.name == *name)?.bound {
            Bound::Slot(slot) => Some(slot),
            Bound::Constant(_) => None,
        }
    }

    /// Forgets what was known of the values of variables that came into scope since.
    pub(super) fn blur_since(&mut self, mark: Mark) {
        for binding in self.inner.bindings.iter_mut().skip(mark.0) {
            binding.facts = Facts::UNKNOWN;
        }
    }

    /// Begins the frame of an inline function.
    pub(super) fn enter(&mut self) {
        self.outer.push(std::mem::take(&mut self.inner));
    }

    /// Ends it.
    pub(super) fn leave(&mut self) -> Captures {
        let frame = std::mem::replace(&mut self.inner, self.outer.pop().unwrap_or_default());
        let inner_slot = |binding: &Binding| match binding.bound {
            Bound::Slot(slot) => Some(slot),
            Bound::Constant(_) => None,
        };
        Captures {
            outer: frame.captured.iter().map(|(slot, _)| *slot).collect(),
            inner: frame.captured.iter().filter_map(|(_, binding)| inner_slot(binding)).collect(),
            slots: frame.slots,
        }
    }

    /// The variable of a name, captured where a function around has it.
    pub(super) fn resolve(&mut self, name: &QName) -> Option<(Bound, Facts)> {
        let depth = self.outer.len();
        let mut found = None;
        for level in (0..=depth).rev() {
            let frame = self.outer.get(level).unwrap_or(&self.inner);
            let own = frame.bindings.iter().rev().find(|binding| binding.name == *name);
            let captured = || frame.captured.iter().map(|(_, binding)| binding);
            if let Some(binding) = own.or_else(|| captured().find(|it| it.name == *name)) {
                found = Some((level, binding.clone()));
                break;
            }
        }
        let (level, mut binding) = found?;
        let inner_frames = self.outer.iter_mut().chain(std::iter::once(&mut self.inner));
        for frame in inner_frames.skip(level + 1) {
            let Bound::Slot(outer) = binding.bound else { break };
            binding.bound = Bound::Slot(frame.slots);
            frame.slots += 1;
            frame.captured.push((outer, binding.clone()));
        }
        Some((binding.bound, binding.facts))
    }

    /// Names in scope, for the messages.
    pub(super) fn names(&self) -> impl Iterator<Item = &QName> {
        let frames = self.outer.iter().chain(std::iter::once(&self.inner));
        frames.flat_map(|frame| frame.bindings.iter().map(|binding| &binding.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(local: &str) -> QName {
        QName::new("", local)
    }

    fn slot(frames: &mut Frames, local: &str) -> Option<Slot> {
        match frames.resolve(&name(local))?.0 {
            Bound::Slot(slot) => Some(slot),
            Bound::Constant(_) => None,
        }
    }

    #[test]
    fn an_inner_variable_hides_an_outer_one_until_its_scope_ends() {
        let mut frames = Frames::new();
        frames.bind(name("a"), Facts::UNKNOWN);
        let mark = frames.mark();
        frames.bind(name("a"), Facts::UNKNOWN);
        assert_eq!(slot(&mut frames, "a"), Some(1));
        frames.release(mark);
        assert_eq!(slot(&mut frames, "a"), Some(0));
        assert_eq!(frames.bind(name("b"), Facts::UNKNOWN), 2);
    }

    #[test]
    fn functions_inside_functions_hand_on_what_they_capture() {
        let mut frames = Frames::new();
        frames.bind(name("x"), Facts::UNKNOWN);
        frames.bind(name("a"), Facts::UNKNOWN);
        frames.enter();
        frames.bind(name("p"), Facts::UNKNOWN);
        frames.enter();
        assert_eq!(slot(&mut frames, "a"), Some(0));
        assert_eq!(slot(&mut frames, "p"), Some(1));
        assert_eq!(slot(&mut frames, "a"), Some(0));
        assert_eq!(slot(&mut frames, "q"), None);
        let inner = frames.leave();
        assert_eq!((inner.outer, inner.inner, inner.slots), (vec![1, 0], vec![0, 1], 2));
        let outer = frames.leave();
        assert_eq!((outer.outer, outer.inner, outer.slots), (vec![1], vec![1], 2));
        assert_eq!(frames.slots(), 2);
    }
}
