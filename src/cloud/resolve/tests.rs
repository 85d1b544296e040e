use super::{SelectorError, is_id, is_match, resolve_queues, resolve_users};
use crate::cloud::testing::{Asked, Reply, Service, json, status, token};
use crate::domain::control::QueueGoals;

const ID: &str = "06ffcd2e-1ada-412e-a5f5-30d7853246dd";

fn directory(asked: &Asked) -> Reply {
    let path = asked.path.as_str();
    let names: &[&str] = match path {
        "/oauth/token" => return token(),
        _ if path.ends_with(ID) => {
            return json(
                r#"{"name":"By id","division":{"id":"d","name":"Night"},"mediaSettings":{"email":{"serviceLevel":{"durationMs":3600000}}}}"#,
            );
        }
        _ if path.contains("11111111-") => return status(404, r#"{"code":"not.found"}"#),
        _ if path.contains("name=Bill*") => &["Billing", "Billing EU", "Old Billing"],
        _ if path.contains("name=") => &[],
        _ => &["Billing", "Billing EU", "Old Billing", "Sales"],
    };
    let entity = |name| {
        format!(
            r#"{{"id":"id-{name}","name":"{name}","division":{{"id":"h","name":"Home"}},"mediaSettings":{{"call":{{"serviceLevel":{{"durationMs":20000}}}}}}}}"#
        )
    };
    let list: Vec<String> = names.iter().map(entity).collect();
    json(&format!(r#"{{"entities":[{}]}}"#, list.join(",")))
}

fn patterns(patterns: &[&str]) -> Vec<String> {
    patterns.iter().map(|pattern| (*pattern).to_owned()).collect()
}

#[test]
fn a_star_stands_for_anything() {
    for (pattern, text, expected) in [
        ("a", "a", true),
        ("a", "ab", false),
        ("a*", "ab", true),
        ("*b", "ab", true),
        ("*", "", true),
        ("a*b*c", "axxbyyc", true),
        ("a*b*c", "axxcyyb", false),
        ("ab*ba", "aba", false),
        ("*é*", "café au lait", true),
    ] {
        assert_eq!(is_match(pattern, text), expected, "{pattern} {text}");
    }
    assert!(is_id(ID) && !is_id("Billing") && !is_id("06ffcd2e-1ada-412e-a5f5-30d7853246dg"));
}

#[tokio::test]
async fn queues_are_found_by_id_name_and_star_each_once() {
    let service = Service::start(directory).await;
    let client = service.client();
    let wanted = patterns(&[ID, "Bill*", "sales", "billing"]);
    let found = resolve_queues(&client, &wanted).await.unwrap();
    let names: Vec<&str> = found.entries.iter().map(|queue| queue.name.as_str()).collect();
    assert_eq!(names, ["By id", "Billing", "Billing EU", "Sales"]);
    for queue in &found.entries {
        let goals: Vec<&QueueGoals> =
            found.goals.iter().filter(|goals| goals.queue == queue.id).collect();
        let within = if queue.name == "By id" { 3_600_000 } else { 20_000 };
        assert!(!goals.is_empty(), "{}", queue.name);
        assert!(goals.iter().all(|goals| goals.media[0].within_milliseconds == within));
        let division = found.divisions.iter().find(|division| division.id == queue.id).unwrap();
        assert_eq!(division.name, if queue.name == "By id" { "Night" } else { "Home" });
    }
    let everything = service.asked("queues?sortOrder=asc&pageSize");
    assert_eq!(everything.len(), 1, "the whole list is loaded once");
}

#[tokio::test]
async fn what_matches_nothing_names_what_is_near() {
    let service = Service::start(directory).await;
    let client = service.client();
    let error = resolve_queues(&client, &patterns(&["Biling"])).await.unwrap_err();
    let SelectorError::NoMatch { nearest, .. } = &error else { panic!("{error}") };
    assert_eq!(nearest[0], "Billing");
    assert!(error.to_string().contains("there is no queue \"Biling\""), "{error}");
    let error = resolve_users(&client, &patterns(&["Sails"])).await.unwrap_err();
    assert!(error.to_string().contains("did you mean \"Sales\""), "{error}");
    let strange = patterns(&["11111111-1111-1111-1111-111111111111"]);
    let error = resolve_users(&client, &strange).await.unwrap_err();
    assert!(matches!(error, SelectorError::NoMatch { what: "user", .. }), "{error}");
}

#[tokio::test]
async fn a_pattern_over_a_list_that_was_cut_may_fit_more_and_that_is_told() {
    let service = Service::start(|asked| match asked.path.as_str() {
        "/oauth/token" => token(),
        _ => json(r#"{"nextUri":"/more","entities":[{"id":"one","name":"Billing"}]}"#),
    })
    .await;
    let client = service.client();
    let wanted = patterns(&["Bill*"]);
    assert!(!resolve_queues(&client, &wanted).await.unwrap().complete);
    assert!(!resolve_users(&client, &wanted).await.unwrap().complete);
    let by_name = resolve_users(&client, &patterns(&["billing"])).await.unwrap();
    assert!(by_name.complete, "who was named is there");
}
