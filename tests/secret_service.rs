//! The keyring, against a real Secret Service: `tests/secret_service.sh` gives one.
//!
//! One test, since the steps share one daemon: kept, read, replaced, deleted; then the daemon is
//! stopped, and the deadline must hold.
use gcwatch::settings::secrets::{KeyringStore, SecretError, SecretStore};
use secrecy::{ExposeSecret, SecretString};
use std::process::Command;
use std::time::{Duration, Instant};

/// Lets the daemon go on whatever happens.
struct Stopped(String);

impl Stopped {
    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.0]).status();
        assert!(sent.is_ok_and(|status| status.success()), "can't send {name} to the daemon");
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        self.signal("CONT");
    }
}

#[test]
fn secrets_are_kept_read_replaced_and_deleted_and_a_silent_daemon_hangs_nothing() {
    if std::env::var_os("GCWATCH_TEST_SECRET_SERVICE").is_none() {
        println!("skipped: no Secret Service of its own; tests/secret_service.sh gives one");
        return;
    }
    let store = KeyringStore::start(Duration::from_secs(10)).unwrap();
    let account = "test:client-secret";
    assert!(matches!(store.get(account), Err(SecretError::Missing { .. })));
    for secret in ["first", "second, longer, with ümlaut"] {
        store.set(account, &SecretString::from(secret)).unwrap();
        assert_eq!(store.get(account).unwrap().expose_secret(), secret);
    }
    store.delete(account).unwrap();
    assert!(matches!(store.get(account), Err(SecretError::Missing { .. })));

    let short = Duration::from_millis(400);
    let store = KeyringStore::start(short).unwrap();
    let daemon = Stopped(std::env::var("GCWATCH_TEST_SECRET_SERVICE_PID").unwrap());
    daemon.signal("STOP");
    let begun = Instant::now();
    assert!(matches!(store.get(account), Err(SecretError::NotAnswering { .. })));
    assert!(begun.elapsed() < short * 10, "the deadline was not kept");
    // once it doesn't answer, nobody waits for it again
    let begun = Instant::now();
    assert!(store.get(account).is_err());
    assert!(begun.elapsed() < short);
}
