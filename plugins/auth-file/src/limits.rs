//! Every limit of the provider, with its default's reason.

use std::ops::RangeInclusive;

/// Bytes of a user name: RFC 4616's limit for an authentication identity.
pub(crate) const NAME_BYTES_MAX: usize = 255;

/// Bytes of a password: four times a long passphrase; more only costs preparation.
pub(crate) const PASSWORD_BYTES_MAX: usize = 1024;

/// Bytes of a SASL message: name, password or nonce, each with room to spare.
pub(crate) const MESSAGE_BYTES_MAX: usize = 4096;

/// Iterations of PBKDF2 that a file or a configuration may ask for: from RFC 7677's least to what a
/// core needs about two seconds for, so that a mistyped number cannot stop logins altogether.
pub(crate) const ITERATIONS: RangeInclusive<u32> = 4096..=10_000_000;

/// Iterations for new passwords: what OWASP's cheat sheet asks of PBKDF2-HMAC-SHA256, and about
/// RFC 7677's rule of a tenth of a second on a machine of today.
pub(crate) const ITERATIONS_DEFAULT: u32 = 600_000;

/// Bytes of a new salt: twice what RFC 8018 asks for.
pub(crate) const SALT_BYTES: usize = 16;

/// Bytes of a salt in the file, so that hashes made elsewhere can be brought along.
pub(crate) const SALT_FILE_BYTES: RangeInclusive<usize> = 8..=64;

/// Bytes of the users file: room for some 100,000 users.
pub(crate) const FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Logins under way at a time: twenty times the broker's default of connections.
pub(crate) const LOGINS_MAX: usize = 10_000;

/// Passwords that wait to be hashed. Two threads work this off in about the ten seconds that the
/// broker gives a login, so that whoever waits at its end is still there.
pub(crate) const HASHES_WAITING_MAX: usize = 200;

/// Threads that hash passwords, so that logins leave the other cores to messages.
pub(crate) const HASH_THREADS_MAX: usize = 2;

/// Users whose password is remembered as right, so that reconnecting costs no hash.
pub(crate) const VERIFIED_MAX: usize = 4096;
