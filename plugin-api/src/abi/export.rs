//! The macro that makes a library a plugin.

/// Exports the library's one symbol. For each kind, lists the types that implement
/// [`crate::Factory`] and the kind's trait; name, version and licence come from the crate's
/// `Cargo.toml`.
///
/// ```standalone_crate
/// # use philter_plugin_api::*;
/// struct Nowhere;
///
/// impl Factory for Nowhere {
///     const TYPE_NAME: &'static str = "nowhere";
///     fn create(_: &Context<'_>) -> Result<Self> {
///         Ok(Nowhere)
///     }
/// }
///
/// impl Exchange for Nowhere {
///     fn bind(&self, _: &Binding<'_>) -> Result<Bound> {
///         Ok(Bound { reads: Reads::KEY, cacheable: true })
///     }
///     fn unbind(&self, _: BindingId) -> Result<()> {
///         Ok(())
///     }
///     fn route(&self, _: &[&dyn MessageView], _: &mut dyn Matches) -> Result<()> {
///         Ok(())
///     }
/// }
///
/// export_plugin! { exchange: [Nowhere] }
/// # fn main() {}
/// ```
///
/// The kinds are `exchange`, `filter`, `auth` and `store`; a library may name several, and several
/// types of each. The expansion allows `unsafe_code` for its own lines, so a plugin may `deny` that
/// lint (not `forbid`). Two plugins cannot be linked into one program: each exports the same
/// symbol.
#[macro_export]
macro_rules! export_plugin {
    ($($kind:ident: [$($factory:ty),* $(,)?]),+ $(,)?) => {
        const _: () = {
            static FACTORIES: &[$crate::abi::types::PhFactory] = &[
                $($($crate::export_plugin!(@factory $kind $factory),)*)+
            ];
            static PLUGIN: $crate::abi::types::PhPlugin = $crate::abi::native::plugin_record(
                ::core::env!("CARGO_PKG_NAME"),
                ::core::env!("CARGO_PKG_VERSION"),
                ::core::env!("CARGO_PKG_LICENSE"),
                FACTORIES,
            );

            #[allow(unsafe_code, reason = "the entry of the C ABI, as its header has it")]
            #[unsafe(no_mangle)]
            unsafe extern "C" fn philter_plugin_entry_v1(
                host: *const $crate::abi::types::PhHost,
            ) -> *const $crate::abi::types::PhPlugin {
                // SAFETY: the host calls this with NULL or a `ph_host` that lives as long as the
                // process.
                unsafe { $crate::abi::native::enter(host, &PLUGIN) }
            }
        };
    };
    (@factory exchange $factory:ty) => { $crate::abi::native::exchange_factory::<$factory>() };
    (@factory filter $factory:ty) => { $crate::abi::native::filter_factory::<$factory>() };
    (@factory auth $factory:ty) => { $crate::abi::native::auth_factory::<$factory>() };
    (@factory store $factory:ty) => { $crate::abi::native::store_factory::<$factory>() };
}
