//! The macro that makes a module a component's.

/// Exports the functions of the component's kinds: as the native macro of this name, with at most
/// one filter, one exchange, one auth provider and one store, which the compiler says.
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
    (@auth $factory:ty) => {
        #[allow(unsafe_code, reason = "a section that the linker puts into the module")]
        #[used]
        #[unsafe(link_section = "component-type:philter:auth/auth")]
        static AUTH_PLUGIN: [u8; $crate::abi::wasm::AUTH_PLUGIN.len()] =
            $crate::abi::wasm::AUTH_PLUGIN;
        static AUTH: $crate::abi::wasm::AuthComponent<$factory> =
            $crate::abi::wasm::AuthComponent::new();

        #[allow(unsafe_code, reason = "as in every function of a component, below")]
        #[unsafe(export_name = "philter:auth/auth@0.1.0#describe")]
        extern "C" fn auth_describe() -> *const u32 {
            $crate::abi::wasm::auth_entry::describe(&AUTH, &PACKAGE)
        }

        $crate::export_plugin! { @functions AUTH auth_entry
            "philter:auth/auth@0.1.0#create" create(
                configuration: *mut u8, configuration_len: usize,
                context: *mut u8, context_len: usize,
            ) -> *const u32;
            "philter:auth/auth@0.1.0#destroy" destroy() -> ();
            "philter:auth/auth@0.1.0#mechanisms" mechanisms(
                peer: *mut u8, peer_len: usize,
            ) -> *const u32;
            "philter:auth/auth@0.1.0#start" start(
                session: u64, peer: *mut u8, peer_len: usize,
                mechanism: *mut u8, mechanism_len: usize,
                has_initial: u32, initial: *mut u8, initial_len: usize,
            ) -> *const u32;
            "philter:auth/auth@0.1.0#step" step(
                session: u64, response: *mut u8, response_len: usize,
            ) -> *const u32;
            "philter:auth/auth@0.1.0#abandon" abandon(session: u64) -> ();
            "philter:auth/auth@0.1.0#authorize" authorize(
                access: *mut u8, access_len: usize,
            ) -> *const u32;
            "philter:auth/auth@0.1.0#limits" limits(
                identity: *mut u8, identity_len: usize,
            ) -> *const u32;
            "philter:auth/auth@0.1.0#inspect" inspect() -> *const u32;
            "philter:auth/auth@0.1.0#command" command(
                configuration: *mut u8, configuration_len: usize,
                arguments: *mut $crate::abi::wasm::GivenText, argument_count: usize,
                input: *mut u8, input_len: usize,
            ) -> *const u32;
        }
    };
    (@store $factory:ty) => {
        #[allow(unsafe_code, reason = "a section that the linker puts into the module")]
        #[used]
        #[unsafe(link_section = "component-type:philter:store/store")]
        static STORE_PLUGIN: [u8; $crate::abi::wasm::STORE_PLUGIN.len()] =
            $crate::abi::wasm::STORE_PLUGIN;
        static STORE: $crate::abi::wasm::StoreComponent<$factory> =
            $crate::abi::wasm::StoreComponent::new();

        #[allow(unsafe_code, reason = "as in every function of a component, below")]
        #[unsafe(export_name = "philter:store/store@0.1.0#describe")]
        extern "C" fn store_describe() -> *const u32 {
            $crate::abi::wasm::store_entry::describe(&STORE, &PACKAGE)
        }

        $crate::export_plugin! { @functions STORE store_entry
            "philter:store/store@0.1.0#create" create(
                configuration: *mut u8, configuration_len: usize,
                context: *mut u8, context_len: usize,
            ) -> *const u32;
            "philter:store/store@0.1.0#destroy" destroy() -> ();
            "philter:store/store@0.1.0#capabilities" capabilities() -> *const u32;
            "philter:store/store@0.1.0#acquire" acquire(
                shard: u32, node: *mut u8, node_len: usize,
            ) -> *const u32;
            "philter:store/store@0.1.0#append" append(
                shard: u32, epoch: u64, operations: *mut u8, operations_len: usize,
            ) -> *const u32;
            "philter:store/store@0.1.0#purge" purge(
                shard: u32, epoch: u64, queue: u64,
            ) -> *const u32;
            "philter:store/store@0.1.0#replay" replay(
                shard: u32, from: u64, until: u64, with_bodies: u32, bytes_max: u32,
            ) -> *const u32;
            "philter:store/store@0.1.0#read" read(
                shard: u32, queue: u64, id: u64,
            ) -> *const u32;
            "philter:store/store@0.1.0#entries" entries(
                shard: u32, queue: u64, from: u64, until: u64, bytes_max: u32,
            ) -> *const u32;
            "philter:store/store@0.1.0#statistics" statistics(shard: u32) -> *const u32;
            "philter:store/store@0.1.0#meta-get" meta_get(
                key: *mut u8, key_len: usize,
            ) -> *const u32;
            "philter:store/store@0.1.0#meta-compare-and-set" meta_compare_and_set(
                key: *mut u8, key_len: usize, expected: u64, value: *mut u8, value_len: usize,
            ) -> *const u32;
            "philter:store/store@0.1.0#meta-remove" meta_remove(
                key: *mut u8, key_len: usize, expected: u64,
            ) -> *const u32;
            "philter:store/store@0.1.0#meta-list" meta_list(
                prefix: *mut u8, prefix_len: usize, from: *mut u8, from_len: usize,
                bytes_max: u32,
            ) -> *const u32;
            "philter:store/store@0.1.0#inspect" inspect() -> *const u32;
            "philter:store/store@0.1.0#command" command(
                configuration: *mut u8, configuration_len: usize,
                arguments: *mut $crate::abi::wasm::GivenText, argument_count: usize,
                input: *mut u8, input_len: usize,
            ) -> *const u32;
        }
    };
    (@store $($factory:ty),*) => {
        ::core::compile_error!(
            "a component has one store: build a crate for each, or list them natively alone"
        );
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
    (@auth $($factory:ty),*) => {
        ::core::compile_error!(
            "a component has one auth provider: build a crate for each, or list them natively alone"
        );
    };
    (@$kind:ident $($factory:ty),*) => {
        ::core::compile_error!(::core::concat!(
            "a component cannot be of the kind '", ::core::stringify!($kind),
            "' yet, only 'filter', 'exchange' and 'auth': build this plugin natively"
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
