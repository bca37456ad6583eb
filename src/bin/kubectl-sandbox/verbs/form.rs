//! The form in which a client wants its answer: objects, a table, or metadata alone.

use kubectl_rs::api::{Map, OwnedValue, Value};

use super::{Target, to_version};
use crate::{
    answer::Answer,
    cluster::Cluster,
    failure::{self, Result},
    server::Request,
    tables::{self, Include, Printer},
};

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Objects as they are.
    Objects,
    /// A table for people.
    Table(Include),
    /// Metadata alone.
    Metadata,
}

impl Form {
    /// The form that the request's `Accept` header and parameters ask for. Who would rather have protobuf gets JSON.
    ///
    /// # Errors
    /// 406 where none of the accepted forms is known.
    pub fn of(request: &Request) -> Result<Form> {
        let accept = request.header("accept");
        if accept.is_empty() {
            return Ok(Form::Objects);
        }
        for part in accept.split(',') {
            let mut words = part.split(';').map(str::trim);
            let media_type = words.next().unwrap_or_default();
            let form = words.find_map(|word| word.strip_prefix("as="));
            let known = matches!(
                media_type,
                "application/json" | "application/yaml" | "application/vnd.kubernetes.protobuf" | "*/*" | "application/*" | "text/*"
            );
            match form {
                _ if !known => {}
                None => return Ok(Form::Objects),
                Some("Table") => {
                    let include = match request.query.text("includeObject") {
                        "None" => Include::None,
                        "Object" => Include::Object,
                        _ => Include::Metadata,
                    };
                    return Ok(Form::Table(include));
                }
                Some("PartialObjectMetadata" | "PartialObjectMetadataList") => return Ok(Form::Metadata),
                Some(_) => {}
            }
        }
        Err(Box::new(kubectl_rs::api::Status {
            message: "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf"
                .to_owned(),
            reason: "NotAcceptable".to_owned(),
            code: 406,
            details: None,
        }))
    }

    /// One object in this form, with its list metadata where the form is a list.
    pub fn object(self, cluster: &Cluster, target: &Target, object: &OwnedValue) -> OwnedValue {
        let shown = to_version(&target.resource, object);
        match self {
            Form::Objects => shown.into_owned(),
            Form::Metadata => tables::partial_metadata(&shown),
            Form::Table(include) => {
                let printer = Printer::new(&target.resource, include, cluster.clock.now());
                let mut metadata = Map::in_order();
                metadata.insert("resourceVersion", shown.str_at(&["metadata", "resourceVersion"]).to_owned());
                printer.table(Value::Object(metadata), vec![printer.row(&shown)], true)
            }
        }
    }

    /// An answer of one object in this form.
    pub fn answer(self, cluster: &Cluster, target: &Target, code: u16, object: &OwnedValue) -> Answer {
        Answer::json(code, &self.object(cluster, target, object))
    }
}

/// The body of a write in JSON, whatever it came in.
///
/// # Errors
/// 415 for protobuf and unknown forms, 400 for what cannot be read.
pub fn body(request: &Request) -> Result<OwnedValue> {
    match request.content_type() {
        "application/json" | "" => json_body(&request.body),
        "application/yaml" | "application/x-yaml" | "text/yaml" => yaml_body(&request.body),
        "application/vnd.kubernetes.protobuf" => Err(failure::unsupported_media_type(
            "the body of the request was in an unsupported format (application/vnd.kubernetes.protobuf): the sandbox reads application/json and application/yaml",
        )),
        _ => Err(failure::unsupported_media_type(
            "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml",
        )),
    }
}

/// A value from JSON.
///
/// # Errors
/// 400 in the words of Go's decoder.
pub fn json_body(bytes: &[u8]) -> Result<OwnedValue> {
    match kubectl_rs::api::json::parse(bytes) {
        Ok(value) => Ok(value.into_owned()),
        Err(error) => Err(failure::bad_request(error.to_string())),
    }
}

/// A value from YAML.
///
/// # Errors
/// 400 with what is wrong.
pub fn yaml_body(bytes: &[u8]) -> Result<OwnedValue> {
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
        return json_body(bytes);
    }
    crate::yaml::documents(bytes)
        .and_then(|documents| documents.into_iter().next().ok_or_else(|| "no document".to_owned()))
        .map_err(|error| failure::bad_request(format!("error decoding YAML: {error}")))
}
