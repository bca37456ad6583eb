//! Jobs and cron jobs.

use super::{Fields, Metadata, begin, nothing};
use crate::api::{Map, OwnedValue, Value, object, structs::Structs};

/// What a job is made of.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its namespace, if the object says it.
    pub namespace: &'a str,
    /// The image to run.
    pub image: &'a str,
    /// What runs in it.
    pub command: &'a [String],
}

/// A job.
pub fn job(options: Job<'_>) -> OwnedValue {
    begin("batch/v1", "Job", Metadata::new(options.name, options.namespace))
        .set("spec", job_spec(options, "Never"))
        .set("status", nothing())
        .into()
}

/// A cron job that runs a job by a schedule, with a policy of restarts.
pub fn cron_job(options: Job<'_>, schedule: &str, restart: &str) -> OwnedValue {
    let restart = if restart.is_empty() { "OnFailure" } else { restart };
    let template = Fields::new()
        .set("metadata", Metadata::new(options.name, "").fields())
        .set("spec", job_spec(options, restart));
    let spec = Fields::new().set("schedule", schedule.to_owned()).set("jobTemplate", template);
    begin("batch/v1", "CronJob", Metadata::new(options.name, options.namespace))
        .set("spec", spec)
        .set("status", nothing())
        .into()
}

fn job_spec(options: Job<'_>, restart: &str) -> Fields {
    let container = Fields::new()
        .set("name", options.name.to_owned())
        .text("image", options.image)
        .texts("command", options.command)
        .set("resources", nothing());
    let pod = Fields::new()
        .set("containers", vec![container.into()])
        .set("restartPolicy", restart.to_owned());
    Fields::new().set("template", Fields::new().set("metadata", nothing()).set("spec", pod))
}

/// The job that a cron job from the server would run next, as if a person had asked for it; as Go's types hold it.
pub fn job_from(cron_job: OwnedValue, name: &str, namespace: &str) -> OwnedValue {
    let cron_job = &Structs::new().typed(cron_job);
    let template = &["spec", "jobTemplate"];
    let map = |part: &str| {
        let found = cron_job.at(&[template[0], template[1], "metadata", part]);
        found.and_then(Value::as_object).cloned().unwrap_or_else(Map::new)
    };
    let mut metadata = Metadata::new(name, namespace);
    metadata.labels = map("labels");
    metadata.annotations = map("annotations");
    metadata.annotations.insert("cronjob.kubernetes.io/instantiate", "manual");
    let owner = Fields::new()
        .set("apiVersion", "batch/v1")
        .set("kind", "CronJob")
        .set("name", object::name(cron_job).to_owned())
        .set("uid", object::uid(cron_job).to_owned())
        .set("controller", true);
    let spec = cron_job.at(&[template[0], template[1], "spec"]).cloned().unwrap_or_else(nothing);
    Fields::new()
        .set("kind", "Job")
        .set("apiVersion", "batch/v1")
        .set("metadata", metadata.fields().set("ownerReferences", vec![owner.into()]))
        .set("spec", spec)
        .set("status", nothing())
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn job_from_has_the_fields_of_go_s_types_in_their_order() {
        let cron_job = r#"{"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"c","uid":"u"},"spec":{"jobTemplate":{"metadata":{"creationTimestamp":null,"labels":{"a":"b"}},
            "spec":{"template":{"metadata":{"creationTimestamp":null},"spec":{"restartPolicy":"Never","containers":[{"image":"i","name":"n"}]}}}}}}"#;
        let mut text = Vec::new();
        json::to_compact(
            &mut text,
            &job_from(json::parse(cron_job.as_bytes()).unwrap().into_owned(), "j", "x"),
        );
        assert_eq!(
            String::from_utf8(text).unwrap(),
            r#"{"kind":"Job","apiVersion":"batch/v1","metadata":{"name":"j","namespace":"x","labels":{"a":"b"},"annotations":{"cronjob.kubernetes.io/instantiate":"manual"},"ownerReferences":[{"apiVersion":"batch/v1","kind":"CronJob","name":"c","uid":"u","controller":true}]},"spec":{"template":{"metadata":{},"spec":{"containers":[{"name":"n","image":"i","resources":{}}],"restartPolicy":"Never"}}},"status":{}}"#
        );
    }
}
