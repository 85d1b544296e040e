//! What can be subscribed, and what the login may do, as the service tells it.
//!
//! Must not know where the catalogue is kept between two runs.
use super::client::ServiceClient;
use super::credentials::Credentials;
use super::http::Call;
use crate::domain::available::Granted;
use crate::domain::session::{Failure, FailureKind};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Everything but `schema`: with it the answer has megabytes, 1,575 classes hang on the topics.
const EXPAND: &str = "description,enforced,visibility,transports,requiresPermissions,permissionDetails,topicParameters";
/// Most permissions of a person that are kept; an administrator has some 1,500.
const MAX_PERMISSIONS: usize = 10_000;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Me {
    authorization: Authorization,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Authorization {
    permissions: Option<Vec<String>>,
}

impl ServiceClient {
    /// The host of the API: whose catalogue it is.
    #[must_use]
    pub fn host(&self) -> String {
        self.shared.address.api_host()
    }

    /// The service's catalogue of topics, as it answers: what [`AvailableTopics::read`] reads and a
    /// file can keep.
    ///
    /// [`AvailableTopics::read`]: crate::domain::available::AvailableTopics::read
    ///
    /// # Errors
    /// Why there is none.
    pub async fn available_topics(&self) -> Result<Vec<u8>, Failure> {
        let path = format!("/api/v2/notifications/availabletopics?expand={EXPAND}");
        Ok(self.call(Call::get(&path, "reading the catalogue of topics")).await?.body)
    }

    /// What the login may do. The service tells it of a person; what a client may do shows when it
    /// subscribes.
    ///
    /// # Errors
    /// When the service can't be asked.
    pub async fn granted(&self) -> Result<Granted, Failure> {
        let client = Granted { person: Some(false), permissions: None };
        if matches!(self.shared.credentials, Credentials::ClientCredentials { .. }) {
            return Ok(client);
        }
        let doing = "asking what this login may do";
        let path = "/api/v2/users/me?expand=authorization";
        let me: Me = match self.call(Call::get(path, doing)).await {
            Ok(answer) => answer.json(doing, &self.shared.address.api_host())?,
            // a token that was handed over may be a client's: there is no user behind it
            Err(failure) if failure.kind == FailureKind::Unacceptable => return Ok(client),
            Err(failure) => return Err(failure),
        };
        let permissions = me
            .authorization
            .permissions
            .map(|all| all.into_iter().take(MAX_PERMISSIONS).collect::<BTreeSet<String>>());
        Ok(Granted { person: Some(true), permissions })
    }
}
