//! What can be wrong, and what must be said of it.
use super::stand_in::{
    self, Shown, answer, blurts, closed_port, http, json, no_token, says, silent, tls,
};
use super::{Case, Run, at, run, simulated, trusted};

pub(super) fn case(
    name: &'static str,
    check: &'static str,
    exit: i32,
    words: &'static [&'static str],
    set_up: fn() -> Run,
) -> Case {
    Case { name, set_up, check, words, exit }
}

const TWO: &str =
    "[profiles.a]\nclient_id = \"x\"\nregion = \"us-east-1\"\n[profiles.b]\nclient_id = \"y\"\n";

pub(super) fn before_the_network() -> Vec<Case> {
    vec![
        case("nothing configured", "settings", 2, &["no profile", "gcwatch login"], run),
        case(
            "broken configuration",
            "configuration",
            2,
            &["config.toml:2:", "correct that place"],
            || at("http://127.0.0.1:1").config("[profiles.acme]\nregion = us-east-1\n"),
        ),
        case("unknown key", "configuration", 2, &["regoin", "did you mean `region`"], || {
            at("http://127.0.0.1:1").config("[profiles.acme]\nregoin = \"us-east-1\"\n")
        }),
        case(
            "secret in the file",
            "configuration",
            2,
            &["secret must not stand in this file"],
            || at("http://127.0.0.1:1").config("[profiles.acme]\nclient_secret = \"hunter2\"\n"),
        ),
        case(
            "unknown profile",
            "settings",
            2,
            &["no profile `acne`", "did you mean `acme`"],
            || {
                run()
                    .config("[profiles.acme]\nclient_id = \"x\"\n")
                    .argument("--profile")
                    .argument("acne")
            },
        ),
        case("several profiles", "settings", 2, &["several profiles", "--profile"], || {
            run().config(TWO)
        }),
        case("relative folder", "configuration", 2, &["absolute path"], || {
            at("http://127.0.0.1:1").environment("GCWATCH_CONFIG_DIR", "conf")
        }),
        case(
            "no secret in the environment",
            "settings",
            2,
            &["secret", "GENESYSCLOUD_OAUTHCLIENT_SECRET"],
            || {
                run()
                    .environment("GENESYSCLOUD_OAUTHCLIENT_ID", "x")
                    .environment("GENESYSCLOUD_REGION", "us-east-1")
            },
        ),
        case(
            "no bus for the keyring",
            "secret",
            2,
            &["keyring", "D-Bus", "GENESYSCLOUD_OAUTHCLIENT_SECRET"],
            || {
                let port = closed_port();
                run().config(&format!(
                    "[profiles.acme]\nclient_id = \"x\"\napi_url = \"http://127.0.0.1:{port}\"\n"
                ))
            },
        ),
        #[cfg(unix)]
        case("silent keyring", "secret", 2, &["keyring did not answer", "restart it"], || {
            let run = run()
                .config("[profiles.acme]\nclient_id = \"x\"\napi_url = \"http://127.0.0.1:1\"\n");
            let path = run.home.path().join("bus");
            let listener = std::os::unix::net::UnixListener::bind(&path).expect("a bus");
            std::thread::spawn(move || {
                let mut held = Vec::new();
                while let Ok((stream, _)) = listener.accept() {
                    held.push(stream);
                }
            });
            run.environment("DBUS_SESSION_BUS_ADDRESS", &format!("unix:path={}", path.display()))
        }),
        case("secret file missing", "secret", 2, &["no secret", "gcwatch login"], || {
            run().config("[profiles.acme]\nclient_id = \"x\"\ncredentials = \"file\"\nregion = \"us-east-1\"\n")
        }),
        #[cfg(unix)]
        case("secret file open to others", "secret", 2, &["read by others", "chmod 600"], || {
            let run = run()
                .config("[profiles.acme]\nclient_id = \"x\"\ncredentials = \"file\"\nregion = \"us-east-1\"\n")
                .file("credentials/acme.secret", "hunter2");
            let path = run.home.path().join("credentials/acme.secret");
            std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o644))
                .expect("a mode");
            run
        }),
        case("token with Bearer", "secret", 2, &["Bearer", "bare token"], || {
            run()
                .environment("GENESYSCLOUD_ACCESS_TOKEN", "Bearer hunter2")
                .base("http://127.0.0.1:1")
        }),
    ]
}

pub(super) fn addresses() -> Vec<Case> {
    vec![
        case("unknown region", "address", 2, &["us-est-1", "did you mean us-east-1"], || {
            run().credentials("x", "hunter2").argument("--region").argument("us-est-1")
        }),
        case("no region", "address", 2, &["no region", "--region"], || {
            run().credentials("x", "hunter2")
        }),
        case("address in the clear", "address", 2, &["in the clear", "https"], || {
            at("http://api.mypurecloud.com")
        }),
        case("address with a query", "address", 2, &["more than a base address"], || {
            at("https://api.mypurecloud.com?x=1")
        }),
        case("socket's address as API", "address", 2, &["no web address", "https://"], || {
            at("wss://streaming.mypurecloud.com")
        }),
        case("CA file missing", "address", 2, &["can't read", "PEM"], || {
            at("https://localhost:1").argument("--ca-file").argument("/nonexistent.pem")
        }),
        case("CA file of something else", "address", 2, &["no certificate in PEM"], || {
            let run = at("https://localhost:1").file("ca.pem", "hello");
            let path = run.home.path().join("ca.pem").display().to_string();
            run.argument("--ca-file").argument(&path)
        }),
    ]
}

const PAGE: &str = "<html><head><title>Welcome to the Hotel</title></head></html>";

fn proxied(proxy: &str) -> Run {
    at("https://api.example.invalid").environment("HTTPS_PROXY", proxy)
}

pub(super) fn on_the_way() -> Vec<Case> {
    vec![
        case(
            "no such name",
            "names",
            5,
            &["api.example.invalid", "can't be resolved", "region"],
            || at("https://api.example.invalid"),
        ),
        case(
            "only the login host has no name",
            "names",
            5,
            &["login.example.invalid", "other hosts resolve"],
            || simulated().environment("GCWATCH_LOGIN_URL", "https://login.example.invalid"),
        ),
        case("closed port", "tcp", 5, &["refuses the connection", "port"], || {
            at(&format!("http://127.0.0.1:{}", closed_port()))
        }),
        case("closed port, IPv6 only", "tcp", 5, &["[::1]", "refuses"], || {
            at(&format!("http://[::1]:{}", closed_port()))
        }),
        case("silent server", "answer", 5, &["no answer in time"], || {
            at(&format!("http://127.0.0.1:{}", silent()))
        }),
        case("silent TLS", "tls", 5, &["says nothing", "firewall"], || {
            at(&format!("https://localhost:{}", silent()))
        }),
        case("no TLS", "tls", 5, &["speaks no TLS", "port"], || {
            at(&format!("https://localhost:{}", blurts("HTTP/1.1 400 Bad Request\r\n\r\n")))
        }),
        case("self-signed", "tls", 5, &["self-signed", "--ca-file"], || {
            let (port, _) = tls(&Shown { authority: None, ..Shown::default() });
            at(&format!("https://localhost:{port}"))
        }),
        case("company proxy", "tls", 5, &["Zscaler Root CA", "doesn't trust", "--ca-file"], || {
            let (port, _) = tls(&Shown { authority: Some("Zscaler Root CA"), ..Shown::default() });
            at(&format!("https://localhost:{port}"))
        }),
        case("expired", "tls", 5, &["expired", "2021-01-01", "date"], || {
            trusted(&Shown { years: (2020, 2021), ..Shown::default() })
        }),
        case("not yet valid", "tls", 5, &["isn't valid yet", "2080-01-01", "clock"], || {
            trusted(&Shown { years: (2080, 2090), ..Shown::default() })
        }),
        case("wrong name", "tls", 5, &["is for other.example", "something else answers"], || {
            trusted(&Shown { host: "other.example", ..Shown::default() })
        }),
        case("trusted interception is no fault", "login", 3, &["secret"], || {
            trusted(&Shown::default())
        }),
    ]
}

pub(super) fn proxies_and_portals() -> Vec<Case> {
    vec![
        case("proxy forbids", "proxy", 5, &["forbids", "403", "CONNECT"], || {
            proxied(&format!("http://127.0.0.1:{}", says("HTTP/1.1 403 Forbidden\r\n\r\n")))
        }),
        case("proxy wants a login", "proxy", 5, &["407", "USER:PASSWORD"], || {
            proxied(&format!(
                "http://127.0.0.1:{}",
                says("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            ))
        }),
        case("proxy can't reach it", "proxy", 5, &["502", "host exists"], || {
            proxied(&format!("http://127.0.0.1:{}", says("HTTP/1.1 502 Bad Gateway\r\n\r\n")))
        }),
        case("proxy is no proxy", "proxy", 5, &["no HTTP proxy"], || {
            proxied(&format!("http://127.0.0.1:{}", says("SSH-2.0-OpenSSH_9.6\r\n")))
        }),
        case("silent proxy", "proxy", 5, &["doesn't answer"], || {
            proxied(&format!("http://127.0.0.1:{}", silent()))
        }),
        case("proxy is off", "tcp", 5, &["the proxy 127.0.0.1", "refuses"], || {
            proxied(&format!("http://127.0.0.1:{}", closed_port()))
        }),
        case("proxy has no name", "names", 5, &["proxy.example.invalid"], || {
            proxied("http://proxy.example.invalid:3128")
        }),
        case(
            "no SOCKS proxy listens",
            "tcp",
            5,
            &["the proxy", "nothing listens", "proxy variable"],
            || proxied(&format!("socks5://127.0.0.1:{}", closed_port())),
        ),
        case(
            "portal's page",
            "answer",
            5,
            &["page", "Welcome to the Hotel", "portal", "browser"],
            || at(&format!("http://127.0.0.1:{}", says(&answer("200 OK", "text/html", "", PAGE)))),
        ),
        case(
            "portal's redirect",
            "answer",
            5,
            &["redirects to login.hotel.example", "portal"],
            || {
                at(&format!(
                    "http://127.0.0.1:{}",
                    says(&answer(
                        "302 Found",
                        "text/html",
                        "Location: https://login.hotel.example/?x=1\r\n",
                        ""
                    ))
                ))
            },
        ),
        case("another server", "answer", 2, &["another server", "api.DOMAIN"], || {
            at(&format!(
                "http://127.0.0.1:{}",
                says(&answer("404 Not Found", "text/plain", "", "nothing here"))
            ))
        }),
        case("API broken", "answer", 5, &["503", "status page"], || {
            simulated().fault(r#"{"answer":{"path":"/api/v2","status":503}}"#)
        }),
        case("clock behind", "clock", 1, &["clock", "certificates", "NTP"], || {
            let later = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(10);
            let date = later.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            at(&format!(
                "http://127.0.0.1:{}",
                says(&answer(
                    "401 Unauthorized",
                    "application/json",
                    &format!("Date: {date}\r\n"),
                    "{}"
                ))
            ))
        }),
    ]
}

/// A service that answers logins with `login`.
fn login_says(login: String) -> Run {
    let port =
        http(move |line| if line.contains("/oauth/token") { login.clone() } else { no_token() });
    at(&format!("http://127.0.0.1:{port}"))
}

const ONE_QUEUE: &str = "[profiles.p]\ntopics = [\"v2.routing.queues.6b1f3c2e-0000-4000-8000-000000000000.conversations\"]\n";

pub(super) fn at_the_service() -> Vec<Case> {
    vec![
        case("wrong secret", "login", 3, &["secret", "region", "gcwatch login"], || {
            simulated().environment("GENESYSCLOUD_OAUTHCLIENT_SECRET", "hunter2")
        }),
        case(
            "unknown client",
            "login",
            3,
            &["knows no OAuth client some-client", "--region"],
            || {
                login_says(json(
                    "400 Bad Request",
                    r#"{"error":"invalid_client","error_description":"client not found: some-client"}"#,
                ))
            },
        ),
        case("another kind of client", "login", 3, &["grant type", "Client Credentials"], || {
            login_says(json(
                "400 Bad Request",
                r#"{"error":"unauthorized_client","error_description":"grant not allowed"}"#,
            ))
        }),
        case("too many logins", "login", 5, &["429", "wait 17 s"], || {
            login_says(answer(
                "429 Too Many Requests",
                "application/json",
                "Retry-After: 17\r\n",
                "{}",
            ))
        }),
        case("login broken", "login", 5, &["503", "status page"], || {
            login_says(json("503 Service Unavailable", "{}"))
        }),
        case("login's page", "login", 5, &["page", "portal"], || {
            login_says(answer("200 OK", "text/html", "", PAGE))
        }),
        case("no login host", "login", 2, &["no login host", "login.DOMAIN"], || {
            login_says(json("404 Not Found", "{}"))
        }),
        case("login without a token", "login", 5, &["without a token"], || {
            login_says(json("200 OK", "{}"))
        }),
        case("token refused", "identity", 3, &["doesn't take the token", "region"], || {
            simulated().environment("GENESYSCLOUD_ACCESS_TOKEN", "not-a-token")
        }),
        case("allowance used up", "channels", 5, &["allow", "client"], || {
            simulated().fault(r#"{"rate_limit":{"allowed":2}}"#)
        }),
        case(
            "all channels made",
            "channels",
            1,
            &["20 of 20", "evicts one", "without a live connection first"],
            || {
                let run = simulated();
                let token = run.token();
                for _ in 0..20 {
                    stand_in::post_as(
                        &run.service().base_url,
                        "/api/v2/notifications/channels",
                        "{}",
                        &token,
                    );
                }
                run
            },
        ),
        case(
            "no permission",
            "subscription",
            4,
            &["rejected", "grant", "in the division of queue 6b1f3c2e"],
            || {
                let run = simulated().limited();
                run.config(ONE_QUEUE).environment("GCWATCH_PROFILE", "p")
            },
        ),
        case("only EventBridge", "permissions", 2, &["EventBridge", "no socket ever will"], || {
            simulated().environment("GCWATCH_PROFILE", "p").config("[profiles.p]\ntopics = [\"v2.detail.events.agent.6b1f3c2e-0000-4000-8000-000000000000.state\"]\n")
        }),
        case("no such queue", "permissions", 2, &["no queue \"Bilding\""], || {
            simulated()
                .environment("GCWATCH_PROFILE", "p")
                .config("[profiles.p]\nqueues = [\"Bilding\"]\n")
        }),
    ]
}

pub(super) fn sockets() -> Vec<Case> {
    vec![
        case("upgrade 401", "socket", 3, &["401", "no longer authorised", "new channel"], || {
            simulated().fault(r#"{"upgrade_status":401}"#)
        }),
        case("upgrade 403", "socket", 1, &["403", "firewall"], || {
            simulated().fault(r#"{"upgrade_status":403}"#)
        }),
        case("upgrade 404", "socket", 1, &["404", "ended"], || {
            simulated().fault(r#"{"upgrade_status":404}"#)
        }),
        case("upgrade 410", "socket", 1, &["410", "ended"], || {
            simulated().fault(r#"{"upgrade_status":410}"#)
        }),
        case("upgrade 429", "socket", 5, &["429", "wait"], || {
            simulated().fault(r#"{"upgrade_status":429}"#)
        }),
        case("upgrade 503", "socket", 5, &["503", "status page"], || {
            simulated().fault(r#"{"upgrade_status":503}"#)
        }),
        case("upgrade 200", "socket", 5, &["200", "instead of a socket"], || {
            simulated().fault(r#"{"upgrade_status":200}"#)
        }),
        case("no sign of life", "pulse", 5, &["silent", "proxy"], || {
            simulated().fault(r#"{"heartbeat":"off"}"#)
        }),
        case("healthy", "", 0, &[], simulated),
        case("healthy, limited", "", 0, &[], || simulated().limited()),
    ]
}
