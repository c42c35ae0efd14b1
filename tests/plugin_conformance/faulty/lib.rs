//! Types with a planted fault each, for the tests of the conformance kit, in Rust: what the SDK
//! cannot prevent. The others are in `faulty.c` and `store.c`.

mod ledger;
mod over_reading;
mod panicking;
mod unfenced;

use ledger::Ledger;
use over_reading::OverReading;
use panicking::Panicking;
use unfenced::Unfenced;

philter_plugin_api::export_plugin! {
    exchange: [Panicking],
    filter: [OverReading],
    store: [
        Unfenced, Ledger<0>, Ledger<1>, Ledger<2>, Ledger<3>, Ledger<4>, Ledger<5>, Ledger<6>,
        Ledger<7>, Ledger<8>, Ledger<9>, Ledger<10>, Ledger<11>, Ledger<12>, Ledger<13>,
        Ledger<14>,
    ],
}
