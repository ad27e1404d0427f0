//! Keys of the simulators. Making an RSA key takes a good while, so one process makes each only once: the simulators of
//! one process share them, which no client can notice.

use std::sync::OnceLock;

use sakarkiv_cms::{Identity, KeyError, Keyring};

/// The key SvarUt lets senders encrypt for.
pub(crate) fn svarut() -> &'static Identity {
    static KEY: OnceLock<Identity> = OnceLock::new();
    KEY.get_or_init(|| made(Identity::generate("SvarUt simulator")))
}

/// The private half of [`svarut`], ready to decrypt.
pub(crate) fn svarut_keyring() -> Keyring {
    made(Keyring::new().with(svarut().private_key_der(), None))
}

/// The key Maskinporten signs tokens with.
pub(crate) fn maskinporten() -> &'static Identity {
    static KEY: OnceLock<Identity> = OnceLock::new();
    KEY.get_or_init(|| made(Identity::generate("Maskinporten simulator")))
}

/// The key Altinn signs its own tokens with.
pub(crate) fn altinn() -> &'static Identity {
    static KEY: OnceLock<Identity> = OnceLock::new();
    KEY.get_or_init(|| made(Identity::generate("Altinn simulator")))
}

/// A key that nobody has: for mail that cannot be opened.
pub(crate) fn stranger() -> &'static Identity {
    static KEY: OnceLock<Identity> = OnceLock::new();
    KEY.get_or_init(|| made(Identity::generate("Ukjent mottaker")))
}

#[expect(clippy::panic, reason = "a machine that cannot make a key cannot run the simulators at all")]
fn made<T>(outcome: Result<T, KeyError>) -> T {
    match outcome {
        Ok(made) => made,
        Err(error) => panic!("the simulators need RSA keys: {error}"),
    }
}
