//! The topic templates that this version knows, to tell a typing error before the service does.
//!
//! Must not refuse anything: new topics keep being added, so a name that isn't here is doubted,
//! said, and asked for all the same. Source: the vendor's public catalogue of topics.
use super::topic::Topic;

/// One template a line; lines that begin with `#` are comments.
const TEMPLATES: &str = include_str!("../../assets/topics.txt");
/// What stands for an id in a template.
const PLACEHOLDER: &str = "{id}";
/// How alike a template must be to be worth naming: 0 is nothing, 1 is the same.
const LIKENESS_FLOOR: f64 = 0.7;
/// Shortest part that is taken for an id where nothing else tells: ids have 36 characters.
const SHORTEST_ID: usize = 20;

/// Every template, in the catalogue's order.
pub fn templates() -> impl Iterator<Item = &'static str> {
    TEMPLATES.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// What is doubtful about a topic that somebody wants, in a sentence; nothing if all of it is known.
#[must_use]
pub fn doubt(topic: &Topic) -> Option<String> {
    let unknown = topic.singles().find(|single| !is_known(single.key()))?;
    let near = nearest(unknown.key())
        .map(|template| format!("; the nearest is {template}"))
        .unwrap_or_default();
    Some(format!(
        "the topic \"{unknown}\" is none that this version knows{near}; the service is asked for it all the same"
    ))
}

fn is_known(name: &str) -> bool {
    templates().any(|template| {
        let mut parts = name.split('.');
        template.split('.').all(|wanted| {
            parts
                .next()
                .is_some_and(|part| wanted == PLACEHOLDER || part.eq_ignore_ascii_case(wanted))
        }) && parts.next().is_none()
    })
}

/// The template most like a name. Ids say nothing about likeness, so they count as placeholders:
/// parts that stand where the template has one, and those as long as an id.
fn nearest(name: &str) -> Option<&'static str> {
    let parts: Vec<&str> = name.split('.').collect();
    let likeness = |template: &str| {
        let wanted: Vec<&str> = template.split('.').collect();
        let aligned = wanted.len() == parts.len();
        let written: Vec<&str> = parts
            .iter()
            .enumerate()
            .map(|(at, part)| {
                let stands_for_one = aligned && wanted[at] == PLACEHOLDER;
                if stands_for_one || part.len() >= SHORTEST_ID { PLACEHOLDER } else { part }
            })
            .collect();
        strsim::normalized_damerau_levenshtein(&written.join("."), &template.to_ascii_lowercase())
    };
    templates()
        .map(|template| (likeness(template), template))
        .filter(|(likeness, _)| *likeness >= LIKENESS_FLOOR)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, template)| template)
}

#[cfg(test)]
mod tests {
    use super::{doubt, templates};
    use crate::domain::topic::Topic;

    fn said(name: &str) -> Option<String> {
        doubt(&Topic::parse(name).unwrap())
    }

    #[test]
    fn every_template_is_known_with_an_id_in_its_place() {
        assert!(templates().count() > 200);
        for template in templates() {
            // not parsed: the catalogue names topics too that arrive without subscribing
            let topic = Topic::received(&template.replace("{id}", "11111111-1111"));
            assert_eq!(doubt(&topic), None, "{template}");
        }
        assert_eq!(said("v2.users.x?presence&routingStatus"), None);
        assert_eq!(said("V2.Users.X.Presence"), None);
    }

    #[test]
    fn a_typing_error_names_the_nearest_and_a_stranger_none() {
        for (name, near) in [
            ("v2.routing.queue.x.conversations", "v2.routing.queues.{id}.conversations"),
            ("v2.routing.queues.x.conversation", "v2.routing.queues.{id}.conversations"),
            ("v2.users.x.presense", "v2.users.{id}.presence"),
            ("v2.users.x?presence&routingStatsu", "v2.users.{id}.routingstatus"),
            ("v2.user.aaaaaaaa-1111-4111-8111-111111111111.presence", "v2.users.{id}.presence"),
        ] {
            let text = said(name).unwrap();
            assert!(text.to_lowercase().contains(&format!("the nearest is {near}")), "{text}");
        }
        let text = said("v2.something.new").unwrap();
        assert!(!text.contains("nearest") && text.contains("all the same"), "{text}");
    }
}
