//! The answer of `GET /api/v2/notifications/availabletopics`, as the service writes it. Every field
//! may be missing or null: which ones come depends on `expand`.
use super::requirement::{MAX_PERMISSIONS, Requirement, RequirementKind};
use super::{AvailableTopic, MAX_DESCRIPTION, MAX_TOPIC_CHARACTERS, MAX_WORD, kept};
use serde::Deserialize;

/// Most requirements of one template that are kept; two are the most that were seen.
const MAX_REQUIREMENTS: usize = 8;
/// Most transports of one template that are kept; the service knows four.
const MAX_TRANSPORTS: usize = 8;

#[derive(Deserialize)]
struct Answer {
    entities: Vec<Entity>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Entity {
    id: Option<String>,
    description: Option<String>,
    visibility: Option<String>,
    transports: Option<Vec<String>>,
    requires_permissions: Option<Vec<String>>,
    requires_division_permissions: Option<bool>,
    requires_current_user: Option<bool>,
    requires_current_user_or_permission: Option<bool>,
    permission_details: Option<Vec<Detail>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Detail {
    #[serde(rename = "type")]
    kind: Option<String>,
    permissions: Option<Vec<String>>,
    allows_current_user: Option<bool>,
}

/// Reads the answer; entities without a name are left out.
pub(super) fn read(answer: &[u8]) -> Result<Vec<AvailableTopic>, String> {
    let answer: Answer = serde_json::from_slice(answer).map_err(|error| error.to_string())?;
    Ok(answer.entities.into_iter().filter_map(available).collect())
}

fn available(entity: Entity) -> Option<AvailableTopic> {
    let requirements = requirements(&entity);
    let template = kept(&entity.id?, MAX_TOPIC_CHARACTERS);
    if template.is_empty() {
        return None;
    }
    let transports = entity.transports.unwrap_or_default();
    Some(AvailableTopic {
        template,
        description: kept(&entity.description.unwrap_or_default(), MAX_DESCRIPTION),
        transports: transports
            .iter()
            .take(MAX_TRANSPORTS)
            .map(|word| kept(word, MAX_WORD))
            .collect(),
        visibility: kept(&entity.visibility.unwrap_or_default(), MAX_WORD),
        requirements,
    })
}

/// The details where the service gives them, and else what the older flags say.
fn requirements(entity: &Entity) -> Option<Vec<Requirement>> {
    let own = entity.requires_current_user_or_permission == Some(true);
    if let Some(details) = &entity.permission_details {
        let each = details.iter().take(MAX_REQUIREMENTS).map(|detail| Requirement {
            kind: RequirementKind::named(detail.kind.as_deref().unwrap_or_default()),
            permissions: permissions(detail.permissions.as_deref()),
            allows_current_user: own || detail.allows_current_user == Some(true),
        });
        return Some(each.filter(Requirement::asks_anything).collect());
    }
    let kind = if entity.requires_current_user == Some(true) {
        RequirementKind::CurrentUser
    } else if entity.requires_division_permissions == Some(true) {
        RequirementKind::DivisionPermissions
    } else {
        RequirementKind::Permissions
    };
    let said = entity.requires_permissions.is_some() || kind != RequirementKind::Permissions || own;
    said.then(|| {
        let permissions = permissions(entity.requires_permissions.as_deref());
        let only = Requirement { kind, permissions, allows_current_user: own };
        Some(only).filter(Requirement::asks_anything).into_iter().collect()
    })
}

fn permissions(names: Option<&[String]>) -> Vec<String> {
    let names = names.unwrap_or_default().iter().take(MAX_PERMISSIONS);
    names.map(|name| kept(name, MAX_TOPIC_CHARACTERS)).collect()
}
