//! Which documents a server has.

use std::collections::BTreeMap;

use crate::api::json::read::{Parser, SyntaxError};

/// The documents of a server, as `/openapi/v3` lists them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// Where each is (`/openapi/v3/apis/apps/v1?hash=…`), by the path that it describes (`apis/apps/v1`).
    urls: BTreeMap<String, String>,
}

impl Index {
    /// Reads the answer of `/openapi/v3`.
    ///
    /// # Errors
    /// Where it is not JSON of that form.
    pub fn parse(bytes: &[u8]) -> Result<Index, SyntaxError> {
        let mut index = Index::default();
        let mut parser = Parser::new(bytes);
        let mut fields = parser.object()?;
        while let Some(key) = fields.next_key(&mut parser)? {
            if key != "paths" || parser.peek() != Some(b'{') {
                parser.skip()?;
                continue;
            }
            let mut paths = parser.object()?;
            while let Some(path) = paths.next_key(&mut parser)? {
                let entry = parser.value()?;
                index
                    .urls
                    .insert(path.into_owned(), entry.str_at(&["serverRelativeURL"]).to_owned());
            }
        }
        Ok(index)
    }

    /// Where the document of a path is: the URL's path and query.
    pub fn url(&self, path: &str) -> Option<&str> {
        self.urls.get(path).map(String::as_str)
    }
}

/// The path by which the index knows a version of a group: `api/v1`, `apis/apps/v1`.
pub fn path_of(group: &str, version: &str) -> String {
    match group {
        "" => format!("api/{version}"),
        group => format!("apis/{group}/{version}"),
    }
}
