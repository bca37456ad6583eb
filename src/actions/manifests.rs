//! All the objects that manifests describe, before anything is done with the first of them.

use crate::{
    api::OwnedValue,
    error::{Error, Result},
    resource::{Info, Query, Site, documents::read_checked, infos::placed},
};

use super::validation::check_document;

/// The objects, and what went wrong with others.
#[derive(Debug)]
pub struct Manifests {
    /// The objects, in order.
    pub infos: Vec<Info>,
    /// What is wrong with others: as kubectl sees it, one failure.
    pub failure: Result<()>,
}

/// Reads the files of a command line and finds the type of each object in them. `validation` is the query's
/// `fieldValidation`; with `Ignore`, documents are not looked at.
///
/// # Errors
/// Where nothing could be begun at all.
pub async fn read(query: &Query, validation: &str, site: &Site<'_>) -> Result<Manifests> {
    let selector = query.label_selector()?;
    let sources = query.files.expand(site.directory)?;
    let (mut infos, mut misplaced, mut unread) = (Vec::new(), Vec::new(), Vec::new());
    let check = |document: &OwnedValue| check_document(document, validation);
    for source in &sources.places {
        let name = source.name();
        let documents = match read_checked(source, site, check).await {
            Ok(documents) => documents,
            Err(error) => {
                unread.push(error);
                continue;
            }
        };
        for document in documents {
            let object = match document {
                Ok(object) => object,
                Err(error) => {
                    unread.push(error);
                    continue;
                }
            };
            match placed(object, &name, query, site).await {
                Ok(info) => {
                    if selector.as_ref().is_none_or(|selector| selector.matches_object(&info.object)) {
                        infos.push(info);
                    }
                }
                // What must not be where it says is found out later than what cannot be read, but said before it.
                Err(error) if error.to_string().starts_with("the namespace from the provided object") => misplaced.push(error),
                Err(error) => unread.push(error),
            }
        }
    }
    if let Err(error) = Error::collect(unread) {
        misplaced.push(error);
    }
    Ok(Manifests {
        infos,
        failure: Error::collect(misplaced),
    })
}
