//! What there is of one provider: the file that it is of, its threads, and the instance that
//! answers at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use philter_plugin_api::{Error, Kind};

use super::crew::{Crew, Handed, Work};
use super::desk;
use crate::breaker::BreakerState;
use crate::contract::AuthContract;
use crate::error::OpenError;
use crate::failure::Failure;
use crate::instance::{Creation, Live};
use crate::limits::AUTH_THREADS_MAX;
use crate::loaded::{Loaded, text_of};
use crate::pool::{Prepared, Reloading};
use crate::watch::Watch;

/// One provider.
pub(crate) struct Providing {
    loaded: RwLock<Arc<Loaded>>,
    creation: Creation,
    /// How logins and questions end.
    pub(super) watch: Watch,
    pub(super) crew: Crew,
    front: Mutex<Option<Live<AuthContract>>>,
    /// Whether it is being made again.
    is_ordered: AtomicBool,
    /// How calls end that are answered at once: they alone succeed while every login fails.
    front_watch: Watch,
}

impl Providing {
    /// Makes the first instance, which says whether the configuration is right.
    ///
    /// # Errors
    /// What the plugin says, or how it failed.
    pub(crate) fn create(loaded: &Arc<Loaded>, creation: Creation) -> Result<Arc<Self>, Error> {
        let settings = &loaded.settings;
        let threads_max = match settings.instances_max {
            0 => AUTH_THREADS_MAX,
            instances => instances,
        };
        let front = Live::create(loaded, &creation);
        let front = front.map_err(|failure| failure.into_error(&loaded.info.name))?;
        Ok(Arc::new(Self {
            loaded: RwLock::new(Arc::clone(loaded)),
            watch: Watch::new(Kind::Auth, &creation.name, settings),
            front_watch: Watch::new(Kind::Auth, &creation.name, settings),
            crew: Crew::new(threads_max),
            front: Mutex::new(Some(front)),
            is_ordered: AtomicBool::new(false),
            creation,
        }))
    }

    /// What it is made from now.
    pub(super) fn loaded(&self) -> Arc<Loaded> {
        Arc::clone(&self.loaded.read())
    }

    /// Asks the instance that answers at once. Where it is lost a thread makes another one, and
    /// nothing is answered until it is there.
    pub(super) fn at_once<R>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Live<AuthContract>, Duration) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let loaded = self.loaded();
        let time = loaded.call_time();
        let ask = || {
            let mut front = self.front.lock();
            let Some(live) = front.as_mut() else {
                drop(front);
                self.order_front();
                let text = "the instance that answers at once is being made again";
                return Err(Failure::Unavailable(text.to_owned()));
            };
            let answer = work(live, time);
            let wants_another = live.is_lost() || live.wants_another();
            let lost = live.is_lost().then(|| front.take());
            drop(front);
            drop(lost);
            if wants_another {
                self.order_front();
            }
            answer
        };
        self.front_watch.guarded(|| &*loaded, ask)
    }

    /// Has a thread make the instance again that answers at once.
    fn order_front(self: &Arc<Self>) {
        if !self.is_ordered.swap(true, Ordering::AcqRel) {
            self.hand_out(Work::Replace);
        }
    }

    /// Gives work to a thread.
    pub(super) fn hand_out(self: &Arc<Self>, work: Work) {
        match self.crew.hand_out(work) {
            Handed::Taken => {}
            Handed::Refused(work, error) => work.refuse(error),
            Handed::Begin(index) => self.begin(index),
        }
    }

    /// No more comes. What waits is still done.
    pub(super) fn end(&self) {
        self.crew.end();
    }

    /// Makes an instance for logins.
    pub(super) fn make(&self, loaded: &Arc<Loaded>) -> Result<Live<AuthContract>, Failure> {
        Live::create(loaded, &self.creation).map_err(Failure::of_another_instance)
    }

    /// Puts another instance into the place of the one that answered at once.
    pub(super) fn replace_front(&self, loaded: &Arc<Loaded>) {
        let made = self.make(loaded);
        self.is_ordered.store(false, Ordering::Release);
        let mut front = self.front.lock();
        let mut rest = None;
        match made {
            // Where the file was swapped meanwhile, one of the new file was there.
            Ok(live) if live.is_of(&self.loaded()) => rest = front.replace(live),
            Ok(live) => rest = Some(live),
            Err(failure) => self.front_watch.failed(loaded, &failure),
        }
        drop(front);
        drop(rest);
    }

    fn begin(self: &Arc<Self>, index: usize) {
        let own = Arc::clone(self);
        let thread = std::thread::Builder::new().name("wasm-auth".to_owned());
        if let Err(error) = thread.spawn(move || desk::run(&own, index)) {
            for work in self.crew.take_back(index) {
                work.refuse(Error::internal(format!("no thread for an auth provider: {error}")));
            }
        }
    }
}

impl Reloading for Providing {
    fn prepare(self: Arc<Self>, loaded: &Arc<Loaded>) -> Result<Box<dyn Prepared>, OpenError> {
        let front =
            Live::create(loaded, &self.creation).map_err(|failure| OpenError::NotTaken {
                plugin: loaded.info.name.clone(),
                what: "the creation".to_owned(),
                kind: Kind::Auth.name(),
                name: self.creation.name.clone(),
                reason: text_of(failure),
            })?;
        Ok(Box::new(Ready { providing: self, loaded: Arc::clone(loaded), front }))
    }

    fn breaker_state(&self) -> BreakerState {
        self.watch.state().max(self.front_watch.state())
    }
}

/// A provider that is ready to be swapped.
struct Ready {
    providing: Arc<Providing>,
    loaded: Arc<Loaded>,
    front: Live<AuthContract>,
}

impl Prepared for Ready {
    fn is_of(&self, other: &Arc<dyn Reloading>) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.providing), Arc::as_ptr(other))
    }

    fn switch(self: Box<Self>) {
        let Self { providing, loaded, front } = *self;
        let mut place = providing.front.lock();
        *providing.loaded.write() = loaded;
        providing.watch.renew();
        providing.front_watch.renew();
        let before = place.replace(front);
        drop(place);
        drop(before);
        providing.crew.tell_all(|| Work::Tidy);
    }
}
