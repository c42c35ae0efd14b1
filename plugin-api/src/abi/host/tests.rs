//! Plugins in this process, behind the real entry, tables and adapters.
