//! Starts the broker: plugins, virtual host, listeners; runs until it is told to end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use philter_model::memory::message_bytes;
use philter_protocol::preface::Preface;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet, block_in_place};
use tracing::{debug, info, warn};

use crate::auth::{AuthChain, PeerInfo, Profile, SaslExchange};
use crate::clock::now_ms;
use crate::config::Config;
use crate::connection_limit::ConnectionLimit;
use crate::management::{self, Facts, Management};
use crate::memory::{Heap, MemoryGate};
use crate::net::connection::{Connection, Driver};
use crate::net::hold::Hold;
use crate::net::listener::{self, ListenError};
use crate::net::{Mailbox, negotiate};
use crate::plugin::{Catalog, MissingPlugins};
use crate::process::{Notifier, Presence, PresenceError};
use crate::reload::{Adjusted, Reload, Source};
use crate::session::live::Live;
use crate::session::{greeting, v0_9_1, v0_10};
use crate::shutdown::{Shutdown, Stage, goodbye_max};
use crate::store::{self, Ledger, Opened, StoreError};
use crate::virtual_host::{self, Actor, HostParts, QueueDefaults, RestoreError, VirtualHosts};

/// What a connection with a session or two takes, about, when it rests.
const CONNECTION_BYTES: u64 = 8 * 1024;

/// How often it is looked for queues and sessions whose time has come.
const TICK_INTERVAL: Duration = Duration::from_secs(1);

/// Why the broker did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LaunchError {
    /// A socket.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// A plugin that is needed.
    #[error(transparent)]
    Plugins(#[from] MissingPlugins),
    /// An instance that a plugin would not make.
    #[error("{what}: {error}")]
    Instance {
        /// Which.
        what: String,
        /// Why.
        error: philter_plugin_api::Error,
    },
    /// The virtual host.
    #[error("virtual host: {0}")]
    VirtualHost(#[from] virtual_host::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the store has.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// What shows that the broker is there.
    #[error(transparent)]
    Presence(#[from] PresenceError),
    /// The operating system.
    #[error("{what}: {source}")]
    System {
        /// What was attempted.
        what: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
}

/// What every connection shares.
struct Broker {
    hosts: Arc<VirtualHosts>,
    live: Arc<Live>,
    sessions: Arc<v0_10::Sessions>,
    auth: Arc<AuthChain>,
    protocols: Vec<Preface>,
    negotiation: Duration,
    /// Milliseconds that a delivery of 0-9-1 may wait; none: any time.
    ack_timeout_ms: Option<u64>,
    has_nodelay: bool,
    /// Between two looks for expired messages; none is never.
    purge_interval: Option<Duration>,
    shutdown: Shutdown,
    places: Arc<ConnectionLimit>,
}

/// Runs the broker until it is told to end: by a signal, or by who manages it. SIGHUP reads
/// `source` again.
///
/// # Errors
/// What is needed is missing, or a socket can't be opened.
pub(crate) async fn run(
    config: &Config,
    source: Source,
    catalog: Arc<Catalog>,
    presence: &mut Presence,
) -> Result<(), LaunchError> {
    catalog.require(config)?;
    let shutdown = Shutdown::on_signals(config.process.drain_ms).map_err(no_signals)?;
    let auth = Arc::new(crate::auth::chain_of(config, &catalog)?);
    let memory = MemoryGate::new(config.memory_limit_bytes);
    let hosts = block_in_place(|| open_hosts(config, catalog, &memory))?;
    let ledger = hosts.ledger().cloned();
    hosts.default_host().set_stamps_received(config.stamps_received);
    let listeners = listener::listen(&config.interfaces, config.port, config.connection_backlog)?;
    let live: Arc<Live> = Arc::default();
    let management = manage(config, &hosts, &live, &shutdown, &listeners)?;
    let broker = Arc::new(Broker {
        hosts,
        live: Arc::clone(&live),
        sessions: Arc::default(),
        auth,
        protocols: config.protocols.clone(),
        negotiation: Duration::from_millis(config.negotiate_time_ms),
        ack_timeout_ms: Some(config.consumer_timeout_ms).filter(|timeout_ms| *timeout_ms > 0),
        has_nodelay: config.tcp_nodelay,
        purge_interval: Some(Duration::from_secs(config.queue_purge_interval_s))
            .filter(|interval| !interval.is_zero()),
        shutdown: shutdown.clone(),
        places: ConnectionLimit::new(config.connections_max),
    });
    let adjusted = Adjusted {
        places: Arc::clone(&broker.places),
        shutdown: shutdown.clone(),
        host: Arc::clone(broker.hosts.default_host()),
    };
    let reload = Reload::new(source, config, adjusted, presence.notifier());
    let reload = reload.on_signals().map_err(no_signals)?;
    let mut tending = vec![
        tokio::spawn(Arc::clone(&memory).watch()),
        tokio::spawn(tend_heap(Arc::clone(&broker))),
    ];
    tending.extend(
        ledger.iter().map(|ledger| tokio::spawn(Arc::clone(ledger).watch(Arc::clone(&memory)))),
    );
    presence.listening(config, &addresses_of(&listeners)?)?;
    let watchdog = tokio::spawn(presence.notifier().clone().keep_alive());
    let stopping = tell_stopping(shutdown, presence.notifier());
    tokio::join!(broker.serve(listeners), stopping);
    management.inspect(JoinHandle::abort);
    [reload, watchdog].iter().chain(&tending).for_each(JoinHandle::abort);
    if let Some(ledger) = ledger {
        block_in_place(|| broker.end_in_order(&ledger));
    }
    info!("ended");
    Ok(())
}

/// The virtual hosts with all that the store has.
fn open_hosts(
    config: &Config,
    catalog: Arc<Catalog>,
    memory: &Arc<MemoryGate>,
) -> Result<Arc<VirtualHosts>, LaunchError> {
    let (ledger, recovered) = match store::open(config, &catalog)? {
        Some(Opened { ledger, recovered }) => (Some(ledger), Some(recovered)),
        None => (None, None),
    };
    let bytes_max = Some(config.default_queue_limit_bytes).filter(|bytes| *bytes > 0);
    let hosts = Arc::new(VirtualHosts::new(HostParts {
        catalog,
        queue_defaults: QueueDefaults { bytes_max, marks: config.queue_marks.clone() },
        memory: Arc::clone(memory),
        branch_timeouts: config.branch_timeouts,
        ledger: ledger.clone(),
    })?);
    for name in &config.virtual_hosts {
        hosts.add(name, Actor::broker())?;
    }
    if let (Some(ledger), Some(recovered)) = (ledger, recovered) {
        hosts.restore(recovered, &ledger)?;
    }
    Ok(hosts)
}

fn no_signals(source: io::Error) -> LaunchError {
    LaunchError::System { what: "signal handlers", source }
}

fn addresses_of(listeners: &[TcpListener]) -> Result<Vec<SocketAddr>, LaunchError> {
    let failed = |source| LaunchError::System { what: "a listener's address", source };
    listeners.iter().map(|listener| listener.local_addr().map_err(failed)).collect()
}

/// Gives back what messages and connections took.
async fn tend_heap(broker: Arc<Broker>) {
    let used_bytes = move || message_bytes() + broker.places.taken() as u64 * CONNECTION_BYTES;
    Heap::default().tend(used_bytes).await;
}

async fn tell_stopping(mut shutdown: Shutdown, notifier: &Notifier) {
    shutdown.asked().await;
    notifier.stopping("ending: deliveries may still be settled");
}

/// Starts the management agent, if there is to be one.
fn manage(
    config: &Config,
    hosts: &Arc<VirtualHosts>,
    live: &Arc<Live>,
    shutdown: &Shutdown,
    listeners: &[TcpListener],
) -> Result<Option<JoinHandle<()>>, LaunchError> {
    if !config.management.is_enabled {
        info!("management is not enabled");
        return Ok(None);
    }
    let address = listeners.first().and_then(|listener| listener.local_addr().ok());
    let facts = Facts::new(config, address.map_or(config.port, |address| address.port()));
    let (hosts, live) = (Arc::clone(hosts), Arc::clone(live));
    let management = Management::new(hosts, live, shutdown.clone(), facts);
    Ok(Some(management::start(management, config.management)?))
}

impl Broker {
    /// Everything that was handed out is given back, and the store knows it.
    fn end_in_order(&self, ledger: &Arc<Ledger>) {
        store::turn(|| self.sessions.expire(u64::MAX));
        ledger.end_in_order();
    }

    async fn serve(self: &Arc<Self>, listeners: Vec<TcpListener>) {
        let mut acceptors = JoinSet::new();
        for listener in listeners {
            acceptors.spawn(Arc::clone(self).accept(listener));
        }
        let time = tokio::spawn(Arc::clone(&self.hosts).keep_time());
        let ticks = tokio::spawn(Arc::clone(self).tick());
        let expiry = self.purge_interval.map(|every| tokio::spawn(Arc::clone(self).expire(every)));
        let delayed = tokio::spawn(Arc::clone(&self.hosts).release_delayed());
        while acceptors.join_next().await.is_some() {}
        time.abort();
        delayed.abort();
        ticks.abort();
        expiry.inspect(JoinHandle::abort);
    }

    /// Accepts until the broker ends, then waits for its connections' goodbyes.
    async fn accept(self: Arc<Self>, listener: TcpListener) {
        let mut connections = JoinSet::new();
        let mut shutdown = self.shutdown.clone();
        loop {
            tokio::select! {
                () = shutdown.asked() => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        connections.spawn(Arc::clone(&self).connection(stream, peer));
                    }
                    Err(error) => {
                        // Mostly too many open files: give connections a moment to end.
                        warn!("accept: {error}");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
        let address = listener.local_addr();
        drop(listener);
        if let Ok(address) = address {
            info!("no longer listening on {address}");
        }
        let late = async {
            shutdown.beyond(Stage::Draining).await;
            tokio::time::sleep(goodbye_max()).await;
        };
        let all = async { while connections.join_next().await.is_some() {} };
        tokio::select! {
            () = all => {}
            // What they held was given back before they were to say it.
            () = late => warn!("some connections did not say goodbye in time"),
        }
    }

    async fn connection(self: Arc<Self>, mut stream: TcpStream, peer: SocketAddr) {
        let Some(_place) = self.places.take() else {
            warn!("{peer}: refused, the limit of connections is reached (--max-connections)");
            return;
        };
        let mut inbox = BytesMut::new();
        let mut shutdown = self.shutdown.clone();
        let negotiated = tokio::select! {
            // Whoever has not begun has nothing to settle.
            () = shutdown.asked() => return,
            negotiated = negotiate(&mut stream, &mut inbox, self.negotiation, &self.protocols) => {
                negotiated
            }
        };
        let preface = match negotiated {
            Ok(preface) => preface,
            Err(error) => {
                info!("{peer}: {error}");
                return;
            }
        };
        if let Err(error) = stream.set_nodelay(self.has_nodelay) {
            debug!("{peer}: TCP_NODELAY: {error}");
        }
        let who = PeerInfo::new(peer, false).speaking(profile_of(preface));
        let arrival = Arrival {
            local: stream.local_addr().map_or_else(|_| String::new(), |at| at.to_string()),
            sasl: SaslExchange::new(Arc::clone(&self.auth), who),
            mailbox: Mailbox::new(),
            stream,
            inbox,
            peer,
            shutdown,
        };
        let result = match preface {
            Preface::V0_9_1 => {
                let driver = self.speak_v0_9_1(&arrival);
                arrival.run(driver).await
            }
            _ => {
                let driver = self.speak_v0_10(&arrival);
                arrival.run(driver).await
            }
        };
        match result {
            Ok(()) => debug!("{peer}: gone"),
            Err(error) => info!("{peer}: lost: {error}"),
        }
    }

    fn speak_v0_9_1(&self, arrival: &Arrival) -> v0_9_1::Connection {
        let surroundings = v0_9_1::Surroundings {
            hosts: Arc::clone(&self.hosts),
            mailbox: Arc::clone(&arrival.mailbox),
            live: Arc::clone(&self.live),
            local: arrival.local.clone(),
            peer: arrival.peer.to_string(),
            config: greeting::v0_9_1(arrival.sasl.mechanisms(), self.negotiation),
            ack_timeout_ms: self.ack_timeout_ms,
        };
        v0_9_1::Connection::new(surroundings, now_ms())
    }

    fn speak_v0_10(&self, arrival: &Arrival) -> v0_10::Connection {
        let surroundings = v0_10::Surroundings {
            hosts: Arc::clone(&self.hosts),
            mailbox: Arc::clone(&arrival.mailbox),
            live: Arc::clone(&self.live),
            sessions: Arc::clone(&self.sessions),
            local: arrival.local.clone(),
            peer: arrival.peer.to_string(),
            config: greeting::v0_10(arrival.sasl.mechanisms(), self.negotiation),
        };
        v0_10::Connection::new(surroundings, now_ms())
    }

    async fn expire(self: Arc<Self>, every: Duration) {
        let mut looks = tokio::time::interval(every);
        loop {
            looks.tick().await;
            block_in_place(|| self.hosts.expire(now_ms()));
        }
    }

    async fn tick(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(TICK_INTERVAL);
        loop {
            ticks.tick().await;
            store::turn(|| {
                self.hosts.tick(now_ms());
                self.sessions.expire(now_ms());
            });
        }
    }
}

/// The ways of logging in that go with a protocol.
fn profile_of(preface: Preface) -> Profile {
    match preface {
        Preface::V0_9_1 => Profile::V0_9_1,
        _ => Profile::V0_10,
    }
}

/// A peer whose protocol is known.
struct Arrival {
    stream: TcpStream,
    inbox: BytesMut,
    local: String,
    peer: SocketAddr,
    mailbox: Arc<Mailbox>,
    sasl: SaslExchange,
    shutdown: Shutdown,
}

impl Arrival {
    /// Serves it until either side ends.
    async fn run<D: Driver>(self, driver: D) -> io::Result<()> {
        let Self { stream, inbox, mailbox, sasl, shutdown, .. } = self;
        // A task keeps what it awaits in place: by reference it is kept once, and no larger than it
        // is.
        let connection = Box::new(Connection {
            stream,
            inbox,
            driver,
            mailbox,
            sasl,
            shutdown,
            turn_bytes: 0,
            drain_bytes: 0,
            hold: Hold::default(),
        });
        connection.run().await
    }
}
