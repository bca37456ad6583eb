//! The resources that a rule names, by the names that the server has for them.

use crate::{
    discovery::{LookupError, Miss, Partial},
    error::{Error, Result},
    generate::access::Named,
};

use super::surroundings::Surroundings;

/// Looks resources up, and sees whether the verbs are about them.
///
/// # Errors
/// A resource that the server does not have, or a verb that is not about it.
pub async fn look_up(typed: &[Named], verbs: &[String], context: &dyn Surroundings) -> Result<Vec<Named>> {
    let mut found = Vec::with_capacity(typed.len());
    let mut is_checked = true;
    for named in typed {
        if is_checked && named.resource.is_empty() {
            return Err(Error::message("resource must be specified if apiGroup/subresource specified"));
        }
        // kubectl looks no further than the first `*`.
        is_checked &= named.resource != "*";
        if named.resource == "*" {
            found.push(named.clone());
            continue;
        }
        let partial = Partial {
            group: named.group.clone(),
            version: String::new(),
            name: named.resource.clone(),
        };
        let (own, missing) = match context.discovery()?.resource_for(&partial).await {
            Ok(resource) => (
                Named {
                    resource: resource.name,
                    group: resource.group,
                    subresource: named.subresource.clone(),
                },
                None,
            ),
            Err(error) => (named.clone(), Some(error)),
        };
        let mut is_special = false;
        for verb in verbs.iter().filter(|_| is_checked) {
            is_special |= own.takes(verb).map_err(Error::Message)?;
        }
        if let Some(missing) = missing
            && is_checked
            && !is_special
        {
            return Err(no_such(missing, &named.resource, &named.group));
        }
        found.push(own);
    }
    Ok(found)
}

/// What kubectl says of a resource that the server does not have, named without or with its group.
pub fn no_such(error: LookupError, resource: &str, group: &str) -> Error {
    match error {
        LookupError::Miss(Miss::Resource(_)) if group.is_empty() => {
            Error::Bare(format!("the server doesn't have a resource type \"{resource}\""))
        }
        LookupError::Miss(Miss::Resource(_)) => Error::Bare(format!(
            "the server doesn't have a resource type \"{resource}\" in group \"{group}\""
        )),
        other => other.into(),
    }
}
