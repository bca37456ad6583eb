//! The part of `apply` that removes objects: what its flags ask for, and how it goes around the applying.

use crate::{
    actions::{
        apply::Visited,
        apply_set::{ApplySet, Change, Scope},
        manifests::Manifests,
        prune,
        report::Report,
    },
    args::Parsed,
    context::{Context, KUBECTL_VERSION, Namespace},
    discovery::Mapping,
    error::{Error, Result},
    printers::form::COMMON_FORMS,
    resource::Site,
};

use super::{Options, check};

/// How it is known which objects are removed.
#[derive(Debug, Clone)]
pub enum Prune {
    /// They have been applied before, and are of these types; of the usual ones where those are none.
    Noted(Vec<Mapping>),
    /// They are members of a set.
    Members(Box<ApplySet>),
}

/// What the flags name, before it is checked how it goes with others.
#[derive(Debug)]
pub struct Named {
    set: Option<ApplySet>,
    allowed: Vec<Mapping>,
}

impl Named {
    /// Looks up the parent and the types that the flags name.
    ///
    /// # Errors
    /// What makes no sense, or what the server does not have.
    pub async fn find(parsed: &Parsed, namespace: &Namespace, context: &Context) -> Result<Named> {
        let reference = parsed.string("applyset");
        let mut named = Named {
            set: None,
            allowed: Vec::new(),
        };
        if !reference.is_empty() {
            // The kubeconfig's namespace does not count.
            let place = if namespace.explicit { namespace.name.as_str() } else { "" };
            named.set = Some(ApplySet::find(reference, place, KUBECTL_VERSION, &context.site()?).await?);
        }
        if parsed.bool("prune") {
            named.allowed = prune::allowlist(parsed.strings("prune-allowlist"), &context.site()?).await?;
        }
        Ok(named)
    }

    /// What is pruned, if it goes with the other flags; the checks are in kubectl's order.
    ///
    /// # Errors
    /// Flags that exclude each other, a parent that may not be one.
    pub async fn check(self, parsed: &Parsed, context: &Context) -> Result<Option<Prune>> {
        let on = |name: &str| parsed.bool(name);
        let (selects, pruned) = (!parsed.string("selector").is_empty(), on("prune"));
        let forced = (pruned && on("force"), "--force cannot be used with --prune");
        let Some(set) = self.set else {
            check([
                forced,
                (
                    pruned && !on("all") && !selects,
                    "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all \
                     flag. If you did not mean to prune all resources, specify a label selector",
                ),
                (
                    pruned && on("server-side"),
                    "--prune is in alpha and doesn't currently work on objects created by server-side apply",
                ),
            ])?;
            return Ok(pruned.then_some(Prune::Noted(self.allowed)));
        };
        check([(!pruned, "--applyset requires --prune")])?;
        set.check(&context.site()?).await?;
        check([
            forced,
            (on("all"), "--all is incompatible with --applyset"),
            (selects, "--selector is incompatible with --applyset"),
            (!self.allowed.is_empty(), "--prune-allowlist is incompatible with --applyset"),
        ])?;
        Ok(Some(Prune::Members(Box::new(set))))
    }
}

/// How the parent of a set is changed.
fn change(options: &Options) -> Change {
    Change {
        dry_run: options.apply.dry_run,
        validation: options.apply.validation,
    }
}

/// What comes before the applying: the manifests, as they have been read, become members of the set. The parent is changed
/// whatever has been wrong with them, as kubectl does.
///
/// # Errors
/// Nothing to apply, or a parent that cannot be changed.
pub async fn begin(read: Result<Manifests>, options: &Options, site: &Site<'_>) -> Result<(Manifests, Scope)> {
    let Some(Prune::Members(set)) = &options.prune else {
        return Ok((some(read?)?, Scope::default()));
    };
    let mut manifests = some(read.unwrap_or_else(nothing))?;
    if let Err(error) = set.label(&mut manifests.infos) {
        manifests = nothing(error);
    }
    let scope = set.begin(&manifests.infos, change(options), site).await?;
    Ok((manifests, scope))
}

/// What has been read where nothing could be.
fn nothing(error: Error) -> Manifests {
    Manifests {
        infos: Vec::new(),
        failure: Err(error),
    }
}

/// The manifests, if there are any or it has been said why not.
fn some(manifests: Manifests) -> Result<Manifests> {
    if manifests.infos.is_empty() && manifests.failure.is_ok() {
        return Err(Error::message("no objects passed to apply"));
    }
    Ok(manifests)
}

/// What comes after the applying: the objects that have not been visited are removed.
///
/// # Errors
/// What the server refuses.
pub async fn finish(
    scope: &Scope,
    visited: &Visited,
    options: &Options,
    parsed: &Parsed,
    context: &Context,
    site: &Site<'_>,
) -> Result<()> {
    let report = || {
        let printer = context.chosen_printer(parsed, COMMON_FORMS)?;
        Ok(Report::new(context.streams(), printer, options.apply.dry_run))
    };
    match &options.prune {
        None => Ok(()),
        Some(Prune::Noted(allowed)) => {
            let places = prune::places(allowed, visited, site).await?;
            let labels = options.query.labels.as_deref().unwrap_or_default();
            prune::prune(places, labels, visited, &options.deletion, site, report).await
        }
        Some(Prune::Members(set)) => {
            set.prune(scope, visited, &options.deletion, change(options), site, &mut report()?)
                .await
        }
    }
}
