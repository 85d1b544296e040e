//! What people are doing, by REST: presence and routing status, to heal what was missed.
//!
//! Must not read the answers itself; the domain's readers do.
use super::client::ServiceClient;
use super::failure::unreadable;
use super::http::Call;
use crate::domain::control::AgentStates;
use crate::domain::identity::UserId;
use crate::domain::rest::agent_states;
use crate::domain::session::Failure;
use crate::domain::topic::{Subject, Topic};
use std::collections::BTreeSet;
use url::form_urlencoded::byte_serialize;

/// People named in one call: 50 ids are 2 KB of an address, which every proxy lets pass.
const USERS_IN_CALL: usize = 50;

impl ServiceClient {
    /// Reads presence and routing status of `users`, and hands each answer on as it comes. Of whom
    /// the answer says nothing, nothing is said.
    ///
    /// # Errors
    /// What the service or the network said; what was handed on before stays true.
    pub(super) async fn each_agent(
        &self,
        users: &[UserId],
        mut hand_on: impl FnMut(AgentStates),
    ) -> Result<(), Failure> {
        let doing = "reading what the agents do";
        let host = self.shared.address.api_host();
        for chunk in users.chunks(USERS_IN_CALL) {
            let asked = self.clock.now();
            let ids: String = chunk
                .iter()
                .flat_map(|user| {
                    ["&id="].into_iter().chain(byte_serialize(user.as_str().as_bytes()))
                })
                .collect();
            let path = format!("/api/v2/users?expand=presence,routingStatus&pageSize=100{ids}");
            let answer = self.call(Call::get(&path, doing)).await?;
            let agents = agent_states(answer.text(doing, &host)?)
                .map_err(|why| unreadable(doing, &host, &why))?;
            hand_on(AgentStates { asked, agents });
        }
        Ok(())
    }
}

/// The people whose presence or routing status `topics` tell, each once.
pub(super) fn agents_in(topics: &[Topic]) -> Vec<UserId> {
    let subjects = topics.iter().flat_map(Topic::singles).map(|topic| topic.subject());
    let users: BTreeSet<UserId> = subjects
        .filter_map(|subject| match subject {
            Subject::UserPresence(user)
            | Subject::UserRoutingStatus(user)
            | Subject::UserActivity(user) => Some(user),
            _ => None,
        })
        .collect();
    users.into_iter().collect()
}

/// The people whose conversations `topics` tell, each once.
pub(super) fn conversing_in(topics: &[Topic]) -> Vec<UserId> {
    let subjects = topics.iter().flat_map(Topic::singles).map(|topic| topic.subject());
    let users: BTreeSet<UserId> = subjects
        .filter_map(|subject| match subject {
            Subject::UserConversations { user, .. } => Some(user),
            _ => None,
        })
        .collect();
    users.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::{USERS_IN_CALL, agents_in, conversing_in};
    use crate::cloud::testing::{Service, json, token};
    use crate::domain::agent::RoutingStatus;
    use crate::domain::identity::UserId;
    use crate::domain::topic::Topic;

    #[test]
    fn each_person_is_asked_for_once() {
        let topics = [
            "v2.users.u2.activity",
            "v2.users.u1?presence&routingStatus",
            "v2.users.u1.routingstatus",
            "v2.users.u3.conversations",
        ];
        let topics: Vec<Topic> = topics.iter().map(|topic| Topic::received(topic)).collect();
        assert_eq!(agents_in(&topics), [UserId::new("u1"), UserId::new("u2")]);
        assert_eq!(conversing_in(&topics), [UserId::new("u3")]);
    }

    #[tokio::test]
    async fn many_people_are_read_in_few_calls() {
        let service = Service::start(|asked| match asked.path.as_str() {
            "/oauth/token" => token(),
            path if path.contains("id=u0&") => json(
                r#"{"entities":[{"id":"U0","name":"A","presence":{"presenceDefinition":{"id":"d","systemPresence":"On Queue"},"modifiedDate":"2026-11-24T10:00:00Z"},
                    "routingStatus":{"userId":"U0","status":"NOT_RESPONDING","startTime":"2026-11-24T10:05:00Z"}},{"name":"no id"},{"id":"u1"}]}"#,
            ),
            _ => json(r#"{"entities":[]}"#),
        })
        .await;
        let users: Vec<UserId> =
            (0..=USERS_IN_CALL).map(|n| UserId::new(&format!("u{n}"))).collect();
        let mut told = Vec::new();
        service.client().each_agent(&users, |states| told.extend(states.agents)).await.unwrap();
        assert_eq!(service.asked("/api/v2/users").len(), 2);
        let [first, second] = &told[..] else { panic!("{told:?}") };
        assert_eq!(first.user, UserId::new("u0"));
        assert_eq!(first.state.presence.as_ref().unwrap().system, "ON_QUEUE");
        assert_eq!(first.state.routing.as_ref().unwrap().status, RoutingStatus::NotResponding);
        assert_eq!((&second.state.presence, &second.state.routing), (&None, &None));
    }
}
