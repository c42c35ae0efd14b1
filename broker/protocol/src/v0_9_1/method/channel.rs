//! Class channel: open, flow, close.

use super::methods;

methods! {
    /// Open a channel.
    Open = 20, 10, Client, "channel.open" {
        /// Reserved.
        out_of_band: String,
    }
    /// It is open.
    OpenOk = 20, 11, Server, "channel.open-ok" {
        /// Reserved.
        channel_id: Vec<u8>,
    }
    /// Stop or go on sending contents.
    Flow = 20, 20, Both, "channel.flow" { active: bool }
    /// Its answer.
    FlowOk = 20, 21, Both, "channel.flow-ok" { active: bool }
    /// The end; class and method are those of the method that failed, or 0.
    Close = 20, 40, Both, "channel.close" {
        reply_code: u16,
        reply_text: String,
        class_id: u16,
        method_id: u16,
    }
    /// The end's answer.
    CloseOk = 20, 41, Both, "channel.close-ok" {}
}
