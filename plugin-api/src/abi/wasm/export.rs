//! The macro that makes a module a component's.

/// Exports the functions of the component's kinds: as the native macro of this name, with at most
/// one filter and one exchange, which the compiler says.
#[macro_export]
macro_rules! export_plugin {
    ($($kind:ident: [$($factory:ty),* $(,)?]),+ $(,)?) => {
        const _: () = {
            const PACKAGE: $crate::abi::wasm::Package = $crate::abi::wasm::Package {
                name: ::core::env!("CARGO_PKG_NAME"),
                version: ::core::env!("CARGO_PKG_VERSION"),
                licence: ::core::env!("CARGO_PKG_LICENSE"),
            };

            #[allow(unsafe_code, reason = "the allocator that the component model asks for")]
            #[unsafe(export_name = "cabi_realloc")]
            unsafe extern "C" fn cabi_realloc(
                old: *mut u8,
                old_len: usize,
                align: usize,
                new_len: usize,
            ) -> *mut u8 {
                // SAFETY: the host gives back what this gave it.
                unsafe { $crate::abi::wasm::realloc(old, old_len, align, new_len) }
            }

            $($crate::export_plugin!(@$kind $($factory),*);)+
        };
    };
    (@filter $factory:ty) => {
        #[allow(unsafe_code, reason = "a section that the linker puts into the module")]
        #[used]
        #[unsafe(link_section = "component-type:philter:plugin/filter")]
        static FILTER_PLUGIN: [u8; $crate::abi::wasm::FILTER_PLUGIN.len()] =
            $crate::abi::wasm::FILTER_PLUGIN;
        static FILTER: $crate::abi::wasm::FilterComponent<$factory> =
            $crate::abi::wasm::FilterComponent::new();

        #[allow(unsafe_code, reason = "as in every function of a component, below")]
        #[unsafe(export_name = "philter:plugin/filter@1.0.0#describe")]
        extern "C" fn filter_describe() -> *const u32 {
            $crate::abi::wasm::filter_entry::describe(&FILTER, &PACKAGE)
        }

        $crate::export_plugin! { @functions FILTER filter_entry
            "philter:plugin/filter@1.0.0#create" create(
                configuration: *mut u8, configuration_len: usize,
                context: *mut u8, context_len: usize,
            ) -> *const u32;
            "philter:plugin/filter@1.0.0#destroy" destroy() -> ();
            "philter:plugin/filter@1.0.0#compile" compile(
                handle: u64, expression: *mut u8, expression_len: usize,
            ) -> *const u32;
            "philter:plugin/filter@1.0.0#release" release(handle: u64) -> ();
            "philter:plugin/filter@1.0.0#matches" matches(
                batch: *mut u8, batch_len: usize, handles: *mut u64, handle_count: usize,
            ) -> *const u32;
            "philter:plugin/filter@1.0.0#transform" transform(
                handle: u64, message: *mut u8, message_len: usize,
            ) -> *const u32;
            "philter:plugin/filter@1.0.0#inspect" inspect(
                has_handle: u32, handle: u64,
            ) -> *const u32;
            "philter:plugin/filter@1.0.0#explain" explain(
                expression: *mut u8, expression_len: usize,
            ) -> *const u32;
            "philter:plugin/filter@1.0.0#try-expression" try_expression(
                expression: *mut u8, expression_len: usize,
                message: *mut u8, message_len: usize,
            ) -> *const u32;
            "philter:plugin/filter@1.0.0#command" command(
                configuration: *mut u8, configuration_len: usize,
                arguments: *mut $crate::abi::wasm::GivenText, argument_count: usize,
                input: *mut u8, input_len: usize,
            ) -> *const u32;
        }
    };
    (@exchange $factory:ty) => {
        #[allow(unsafe_code, reason = "a section that the linker puts into the module")]
        #[used]
        #[unsafe(link_section = "component-type:philter:plugin/exchange")]
        static EXCHANGE_PLUGIN: [u8; $crate::abi::wasm::EXCHANGE_PLUGIN.len()] =
            $crate::abi::wasm::EXCHANGE_PLUGIN;
        static EXCHANGE: $crate::abi::wasm::ExchangeComponent<$factory> =
            $crate::abi::wasm::ExchangeComponent::new();

        #[allow(unsafe_code, reason = "as in every function of a component, below")]
        #[unsafe(export_name = "philter:plugin/exchange@1.0.0#describe")]
        extern "C" fn exchange_describe() -> *const u32 {
            $crate::abi::wasm::exchange_entry::describe(&EXCHANGE, &PACKAGE)
        }

        $crate::export_plugin! { @functions EXCHANGE exchange_entry
            "philter:plugin/exchange@1.0.0#create" create(
                configuration: *mut u8, configuration_len: usize,
                context: *mut u8, context_len: usize,
            ) -> *const u32;
            "philter:plugin/exchange@1.0.0#destroy" destroy() -> ();
            "philter:plugin/exchange@1.0.0#bind" bind(
                id: u64, key: *mut u8, key_len: usize, arguments: *mut u8, arguments_len: usize,
                context: *mut u8, context_len: usize,
            ) -> *const u32;
            "philter:plugin/exchange@1.0.0#unbind" unbind(id: u64) -> *const u32;
            "philter:plugin/exchange@1.0.0#route" route(
                batch: *mut u8, batch_len: usize,
            ) -> *const u32;
            "philter:plugin/exchange@1.0.0#inspect" inspect(
                has_binding: u32, binding: u64,
            ) -> *const u32;
            "philter:plugin/exchange@1.0.0#explain" explain(binding: u64) -> *const u32;
            "philter:plugin/exchange@1.0.0#try-binding" try_binding(
                key: *mut u8, key_len: usize, arguments: *mut u8, arguments_len: usize,
                context: *mut u8, context_len: usize, message: *mut u8, message_len: usize,
            ) -> *const u32;
            "philter:plugin/exchange@1.0.0#command" command(
                configuration: *mut u8, configuration_len: usize,
                arguments: *mut $crate::abi::wasm::GivenText, argument_count: usize,
                input: *mut u8, input_len: usize,
            ) -> *const u32;
        }
    };
    (@filter $($factory:ty),*) => {
        ::core::compile_error!(
            "a component has one filter: build a crate for each, or list them natively alone"
        );
    };
    (@exchange $($factory:ty),*) => {
        ::core::compile_error!(
            "a component has one exchange: build a crate for each, or list them natively alone"
        );
    };
    (@$kind:ident $($factory:ty),*) => {
        ::core::compile_error!(::core::concat!(
            "a component cannot be of the kind '", ::core::stringify!($kind),
            "' yet, only 'filter' and 'exchange': build this plugin natively"
        ));
    };
    (@functions $component:ident $entries:ident $(
        $symbol:literal $entry:ident($($name:ident: $type:ty),* $(,)?) -> $answer:ty;
    )+) => {
        const _: () = {$(
            #[allow(unsafe_code, reason = "a function of the component, as the WIT has it")]
            #[allow(clippy::too_many_arguments, reason = "the WIT's own, flattened")]
            #[unsafe(export_name = $symbol)]
            unsafe extern "C" fn $entry($($name: $type),*) -> $answer {
                #[allow(unused_unsafe, reason = "some have nothing to be careful about")]
                // SAFETY: the host calls this with what it made for the call.
                unsafe { $crate::abi::wasm::$entries::$entry(&$component, $($name),*) }
            }
        )+};
    };
}
