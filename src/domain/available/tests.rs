use super::{AvailableTopics, Granted, Placeholder, Verdict};
use crate::domain::topic::Topic;

const ANSWER: &str = r#"{"entities":[
 {"id":"v2.routing.queues.{id}.conversations","description":"","visibility":"Public","transports":["All"],
  "permissionDetails":[{"type":"requiresDivisionPermissions","permissions":["conversation:communication:view"],"allowsCurrentUser":false}]},
 {"id":"v2.users.{id}.presence","description":"the service's own words","transports":["Websocket"],
  "permissionDetails":[{"type":"requiresPermissions","permissions":["directory:user:view"],"allowsCurrentUser":true}]},
 {"id":"v2.users.{id}.tokens","requiresCurrentUser":true,"transports":null},
 {"id":"v2.users.{id}.conversationsummary","permissionDetails":[{"type":"requiresPermissions","permissions":[]}]},
 {"id":"v2.detail.events.conversation.{id}.acd.end","transports":["EventBridge","ProcessAutomation"]},
 {"id":"v2.brand.new.{queueId}.\u001b[31mthing","requiresPermissions":["a:b:c"]},
 {"id":null},{}]}"#;

fn told() -> AvailableTopics {
    AvailableTopics::read(ANSWER.as_bytes()).unwrap()
}

fn names(found: &[&super::AvailableTopic]) -> Vec<String> {
    found.iter().map(|topic| topic.template.clone()).collect()
}

fn verdict(catalogue: &AvailableTopics, topic: &str, granted: &Granted) -> Verdict {
    let available = catalogue.of(&Topic::received(topic)).unwrap();
    Verdict::of(available.requirements.as_deref(), granted)
}

#[test]
fn the_built_in_list_is_there_without_the_service() {
    let catalogue = AvailableTopics::default();
    assert!(catalogue.iter().len() > 200 && catalogue.told_by_service() == 0);
    for available in catalogue.iter().filter(|available| !available.comes_by_itself()) {
        let ids = ["11111111-1111"; 3];
        let topic = available.topic(&ids[..available.placeholders().len()]).unwrap();
        assert!(available.fits(&topic), "{topic}");
        assert!(available.is_on_sockets(), "nobody said otherwise");
    }
}

#[test]
fn what_the_service_says_is_laid_over_the_list() {
    let catalogue = told();
    assert_eq!(catalogue.told_by_service(), 6);
    assert_eq!(catalogue.iter().len(), AvailableTopics::default().iter().len() + 1);
    let of = |name: &str| catalogue.of(&Topic::received(name)).unwrap();
    assert_eq!(of("v2.users.x.presence").description, "the service's own words");
    assert!(of("v2.routing.queues.x.conversations").description.contains("snapshot"), "ours");
    assert!(!of("v2.detail.events.conversation.x.acd.end").is_on_sockets());
    let new = catalogue.iter().find(|topic| topic.template.contains("brand")).unwrap();
    assert!(!new.template.contains('\u{1b}'), "made harmless: {}", new.template);
    assert!(AvailableTopics::read(b"<html>").is_err());
    assert!(AvailableTopics::read(b"{\"entities\":3}").is_err());
}

#[test]
fn a_topic_is_found_by_how_it_is_delivered_and_by_what_it_needs() {
    let catalogue = told();
    let found = |text: &str| names(&catalogue.search(text));
    assert_eq!(found("eventbridge"), ["v2.detail.events.conversation.{id}.acd.end"]);
    assert_eq!(found("directory:user"), ["v2.users.{id}.presence"]);
    assert!(!found("directory").contains(&"v2.users.{id}.presence".to_owned()), "no colon");
}

#[test]
fn ids_are_what_stands_before_them() {
    use Placeholder::{Conversation, Other, Queue, User};
    let catalogue = AvailableTopics::default();
    for (template, expected) in [
        ("v2.routing.queues.{id}.conversations", vec![Queue]),
        ("v2.detail.events.agent.{id}.state", vec![User]),
        ("v2.users.{id}.conversations.{id}.recordings", vec![User, Conversation]),
        ("v2.speechandtextanalytics.conversation.{id}.topics", vec![Conversation]),
        ("v2.architect.prompts.{id}", vec![Other("prompts".to_owned())]),
        ("v2.outbound.settings", vec![]),
    ] {
        let found = catalogue.iter().find(|topic| topic.template == template).unwrap();
        assert_eq!(found.placeholders(), expected, "{template}");
    }
    let presence = catalogue.of(&Topic::received("v2.users.U1.presence")).unwrap();
    assert_eq!(presence.topic(&["u2"]).unwrap().as_str(), "v2.users.u2.presence");
    assert!(presence.topic(&[]).is_err() && presence.topic(&["a b"]).is_err());
}

#[test]
fn words_find_templates_best_first() {
    let catalogue = told();
    let first = |text: &str| names(&catalogue.search(text))[0].clone();
    assert_eq!(first("presence"), "v2.users.{id}.presence");
    assert_eq!(first("queue conversations"), "v2.routing.queues.{id}.conversations");
    assert_eq!(first("QUEUES calls"), "v2.routing.queues.{id}.conversations.calls");
    assert_eq!(names(&catalogue.search("own words")), ["v2.users.{id}.presence"]);
    assert!(catalogue.search("presence xyzzy").is_empty());
    let acd = names(&catalogue.search("acd"));
    assert_eq!(acd.last().unwrap(), "v2.detail.events.conversation.{id}.acd.end", "off sockets");
    assert_eq!(catalogue.search("").len(), catalogue.iter().len());
}

#[test]
fn what_is_granted_decides_as_far_as_it_is_known() {
    let catalogue = told();
    let may = |names: &[&str]| Granted {
        person: Some(true),
        permissions: Some(names.iter().map(|name| (*name).to_owned()).collect()),
    };
    let client = Granted { person: Some(false), permissions: None };
    let (queue, presence) = ("v2.routing.queues.q.conversations", "v2.users.u.presence");
    let cases = [
        (queue, may(&["conversation:communication:view"]), Verdict::ByDivision),
        (queue, may(&["conversation:*"]), Verdict::ByDivision),
        (queue, may(&["conversation:communication:*"]), Verdict::ByDivision),
        (
            queue,
            may(&["conversation:communication"]),
            Verdict::Missing(vec!["conversation:communication:view".to_owned()]),
        ),
        (queue, client.clone(), Verdict::AskedWhenSubscribing),
        (presence, may(&["directory:user:view"]), Verdict::Granted),
        // one's own would be allowed
        (presence, may(&[]), Verdict::AskedWhenSubscribing),
        ("v2.users.u.tokens", client.clone(), Verdict::PersonOnly),
        ("v2.users.u.tokens", may(&[]), Verdict::AskedWhenSubscribing),
        ("v2.users.u.conversationsummary", client, Verdict::Granted),
        ("v2.users.u.station", may(&[]), Verdict::AskedWhenSubscribing),
    ];
    for (topic, granted, expected) in cases {
        assert_eq!(verdict(&catalogue, topic, &granted), expected, "{topic} {granted:?}");
    }
}
