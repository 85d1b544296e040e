//! The person behind a token, and what they may do.
use super::{NameOnly, ServiceClient};
use crate::cloud::http::Call;
use crate::domain::session::Failure;
use serde::Deserialize;

/// The user that a token belongs to, as `GET users/me` describes them. Texts are the service's
/// own: not yet made harmless.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Their name.
    pub name: Option<String>,
    /// Their organisation's name.
    pub organization: Option<String>,
    /// Names of their roles.
    pub roles: Vec<String>,
    /// Their permissions, as the service names them (`routing:queue:view`).
    pub permissions: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Me {
    name: Option<String>,
    organization: NameOnly,
    authorization: Authorization,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Authorization {
    roles: Vec<NameOnly>,
    permissions: Vec<String>,
}

impl ServiceClient {
    /// The person behind the token. Client credentials have none.
    ///
    /// # Errors
    /// What the service or the network said.
    pub async fn person(&self) -> Result<Person, Failure> {
        let doing = "asking who you are";
        let host = self.address().api_host();
        let path = "/api/v2/users/me?expand=organization,authorization";
        let me: Me = self.call(Call::get(path, doing)).await?.json(doing, &host)?;
        Ok(Person {
            name: me.name,
            organization: me.organization.name,
            roles: me.authorization.roles.into_iter().filter_map(|role| role.name).collect(),
            permissions: me.authorization.permissions,
        })
    }
}
