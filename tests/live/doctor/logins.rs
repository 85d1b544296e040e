//! What can be wrong with a person's login.
use super::cases::case;
use super::{Case, Run, simulated};

/// A profile of a person, at a healthy service, whose kept login is this; none where it is empty.
fn person(kept: &str) -> Run {
    let run = simulated();
    let at = run.service().clone();
    let (id, base) = (&at.pkce_client_id, &at.base_url);
    let profile = format!(
        "[profiles.acme]\ngrant = \"pkce\"\ncredentials = \"file\"\nclient_id = \"{id}\"\napi_url = \"{base}\"\nlogin_url = \"{base}\"\n"
    );
    // nothing but the profile: credentials in the environment would count before it
    let run = Run { environment: Vec::new(), ..run }.config(&profile);
    if kept.is_empty() {
        return run;
    }
    let run = run.file("credentials/acme.login", kept);
    #[cfg(unix)]
    {
        let path = run.home.path().join("credentials/acme.login");
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .expect("a mode");
    }
    run
}

/// Where a person shall log in again.
const AGAIN: &str = "gcwatch login --pkce --profile acme";

pub(super) fn of_persons() -> Vec<Case> {
    vec![
        case("never logged in", "secret", 2, &["no secret", AGAIN], || person("")),
        case("what is kept is no login", "secret", 2, &["no login", AGAIN], || {
            person("hunter2hunter2")
        }),
        case("the login has ended", "login", 3, &["has ended", AGAIN], || {
            person(r#"{"access_token":"hunter2","expires":"2026-01-01T00:00:00Z"}"#)
        }),
        case("the login can't be renewed", "login", 3, &["has ended", AGAIN], || {
            person(
                r#"{"access_token":"hunter2","refresh_token":"hunter3","expires":"2026-01-01T00:00:00Z"}"#,
            )
        }),
        case("the login was ended elsewhere", "identity", 3, &["doesn't take", AGAIN], || {
            person(r#"{"access_token":"hunter2","expires":"2099-01-01T00:00:00Z"}"#)
        }),
        #[cfg(unix)]
        case("silent keyring of a person", "secret", 2, &["keyring did not answer", AGAIN], || {
            let run = person("");
            let config = run.home.path().join("config.toml");
            let text = std::fs::read_to_string(&config).expect("a file");
            let run = run.config(&text.replace("\"file\"", "\"keyring\""));
            let path = run.home.path().join("bus");
            let listener = std::os::unix::net::UnixListener::bind(&path).expect("a bus");
            std::thread::spawn(move || {
                let held: Vec<_> = std::iter::from_fn(|| listener.accept().ok()).collect();
                drop(held);
            });
            run.environment("DBUS_SESSION_BUS_ADDRESS", &format!("unix:path={}", path.display()))
        }),
    ]
}
