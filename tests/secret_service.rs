//! The keyring, against a real Secret Service: `tests/secret_service.sh` gives one.
//!
//! One test, since the steps share one daemon: kept, read, replaced, deleted; then the keyring is
//! locked with nobody there to unlock it; last the daemon is stopped, and the deadline must hold.
use gcwatch::settings::secrets::{KEYRING_DEADLINE, KeyringStore, SecretError, SecretStore};
use secrecy::{ExposeSecret, SecretString};
use std::process::{Command, Stdio};
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

/// Locks the keyring, as a screen saver or a person does.
fn lock() {
    let locked = Command::new("dbus-send")
        .args(["--session", "--print-reply", "--reply-timeout=10000"])
        .args(["--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"])
        .arg("org.freedesktop.Secret.Service.Lock")
        .arg("array:objpath:/org/freedesktop/secrets/collection/login")
        .output()
        .expect("dbus-send runs");
    let text = String::from_utf8_lossy(&locked.stdout);
    assert!(text.contains("collection/login"), "it was not locked: {text}");
}

/// What the binary says when its keyring doesn't help, and how long that takes.
fn login() -> (Option<i32>, String, Duration) {
    let folder = tempfile::tempdir().expect("a folder");
    let begun = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_gcwatch"))
        .args(["login", "--profile", "test", "--region", "us-east-1", "--client-id", "x"])
        .env("GCWATCH_CONFIG_DIR", folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("the binary runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), text, begun.elapsed())
}

#[test]
fn secrets_are_kept_read_replaced_and_deleted_and_a_silent_daemon_hangs_nothing() {
    if std::env::var_os("GCWATCH_TEST_SECRET_SERVICE").is_none() {
        println!("skipped: no Secret Service of its own; tests/secret_service.sh gives one");
        return;
    }
    let store = KeyringStore::start(KEYRING_DEADLINE).unwrap();
    let account = "test:client-secret";
    assert!(matches!(store.get(account), Err(SecretError::Missing { .. })));
    for secret in ["first", "second, longer, with ümlaut"] {
        store.set(account, &SecretString::from(secret)).unwrap();
        assert_eq!(store.get(account).unwrap().expose_secret(), secret);
    }
    store.delete(account).unwrap();
    assert!(matches!(store.get(account), Err(SecretError::Missing { .. })));

    store.set(account, &SecretString::from("behind the lock")).unwrap();
    lock();
    let begun = Instant::now();
    let error = store.get(account).expect_err("nobody is there to unlock it");
    assert!(begun.elapsed() < KEYRING_DEADLINE * 2, "the deadline was not kept");
    let text = error.to_string();
    assert!(
        matches!(error, SecretError::Locked { .. } | SecretError::NotAnswering { .. }),
        "{text}"
    );
    assert!(text.contains("--secret-stdin") && text.contains("--credentials file"), "{text}");
    let (code, text, took) = login();
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("keyring") && text.contains("--credentials file"), "{text}");
    assert!(took < KEYRING_DEADLINE * 2, "it took {took:?}");

    let short = Duration::from_millis(400);
    let store = KeyringStore::start(short).unwrap();
    let daemon = Stopped(std::env::var("GCWATCH_TEST_SECRET_SERVICE_PID").unwrap());
    daemon.signal("STOP");
    let begun = Instant::now();
    assert!(matches!(store.get(account), Err(SecretError::NotAnswering { .. })));
    assert!(begun.elapsed() < short * 10, "the deadline was not kept");
    // once it doesn't answer, nobody waits for it again: ten times take less than ten waits
    let begun = Instant::now();
    for _ in 0..10 {
        assert!(store.get(account).is_err());
    }
    assert!(begun.elapsed() < short * 10, "it is waited for again");
    let (code, text, took) = login();
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("did not answer within 10 s"), "{text}");
    assert!(took < KEYRING_DEADLINE * 2, "it took {took:?}");
}
