//! An exchange that panics on a long routing key.

use philter_plugin_api::{
    Binding, BindingId, Bound, Context, Exchange, Factory, Matches, MessageView, Reads, Result,
};

pub(crate) struct Panicking;

impl Factory for Panicking {
    const TYPE_NAME: &'static str = "panicking";

    fn create(_: &Context<'_>) -> Result<Self> {
        Ok(Panicking)
    }
}

impl Exchange for Panicking {
    fn bind(&self, _: &Binding<'_>) -> Result<Bound> {
        Ok(Bound { reads: Reads::KEY, cacheable: true })
    }

    fn unbind(&self, _: BindingId) -> Result<()> {
        Ok(())
    }

    fn route(&self, batch: &[&dyn MessageView], _: &mut dyn Matches) -> Result<()> {
        for message in batch {
            assert!(message.routing_key().len() < 100, "who makes keys as long as that");
        }
        Ok(())
    }
}
