//! One kustomization after the other: what each gathers, makes and changes.

use std::rc::Rc;

use super::{
    Notice, Options,
    config::Config,
    crds, generators,
    loader::{Failure, Loader},
    origin::Origin,
    plugins, read,
    resource::{Resource, Set},
    schema::Schemas,
    shape,
    steps::{self, Step},
    variables::{self, Variable},
};
use crate::{
    api::{OwnedValue, Value, quote},
    generate::keyed::Keeper,
    yaml,
};

/// The names that a kustomization's file may have.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// How deep kustomizations may stand in each other, so that what is hostile does not fill the call stack.
const DEEPEST: usize = 100;

const EDIT_FIX: &str = "Run 'kustomize edit fix' to update your Kustomization automatically.";

/// Fields that there are newer ones for, in the order in which that is said.
const DEPRECATED: [(&str, &str, &str); 6] = [
    ("bases", "resources", ""),
    ("commonLabels", "labels", ""),
    ("imageTags", "images", ""),
    ("patchesJson6902", "patches", ""),
    ("patchesStrategicMerge", "patches", ""),
    ("vars", "replacements", "[EXPERIMENTAL] "),
];

/// A kustomization, read.
pub(super) struct Kustomization {
    pub(super) value: OwnedValue,
    /// The name of its file.
    file: &'static str,
}

impl Kustomization {
    fn kind(&self) -> &str {
        match self.value.str_at(&["kind"]) {
            "" => "Kustomization",
            kind => kind,
        }
    }

    fn texts(&self, field: &str) -> impl Iterator<Item = &str> {
        self.value.items_at(&[field]).iter().filter_map(Value::as_str)
    }

    /// Whether an option of `buildMetadata` is set.
    pub(super) fn has_metadata(&self, option: &str) -> bool {
        self.texts("buildMetadata").any(|have| have == option)
    }

    fn has_any_metadata(&self) -> bool {
        !self.value.items_at(&["buildMetadata"]).is_empty()
    }
}

/// What has been gathered so far.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) set: Set,
    /// The configuration of all kustomizations so far.
    pub(super) config: Option<Rc<Config>>,
    pub(super) variables: Vec<Variable>,
}

impl Gathered {
    fn configure(&mut self, more: &Rc<Config>) -> Result<(), String> {
        match &mut self.config {
            None => self.config = Some(Rc::clone(more)),
            Some(have) if Rc::ptr_eq(have, more) => {}
            Some(have) => Rc::make_mut(have).merge(more)?,
        }
        Ok(())
    }

    fn merge(&mut self, other: Gathered) -> Result<(), String> {
        self.set.append(other.set.0)?;
        if let Some(config) = &other.config {
            self.configure(config)?;
        }
        variables::merge(&mut self.variables, other.variables)
    }
}

/// A build on its way.
pub(super) struct Builder<'f> {
    pub(super) options: &'f Options,
    pub(super) schemas: Schemas,
    pub(super) notices: &'f mut Vec<Notice>,
    pub(super) defaults: Rc<Config>,
    depth: usize,
}

impl<'f> Builder<'f> {
    pub(super) fn new(options: &'f Options, notices: &'f mut Vec<Notice>) -> Builder<'f> {
        Builder {
            options,
            schemas: Schemas::default(),
            notices,
            defaults: Rc::new(Config::defaults()),
            depth: 0,
        }
    }

    /// Reads the kustomization in a loader's folder.
    ///
    /// # Errors
    /// Where there is none, or more than one, and what makes no sense.
    pub(super) fn load(&mut self, loader: &Loader<'_>) -> Result<Kustomization, String> {
        let mut found = NAMES.iter().filter_map(|name| loader.load(name).ok().map(|bytes| (*name, bytes)));
        let (file, bytes) = match (found.next(), found.next()) {
            (Some(one), None) => one,
            (None, _) => {
                return Err(format!(
                    "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{}'",
                    loader.root()
                ));
            }
            _ => return Err(format!("Found multiple kustomization files under: {}\n", loader.root())),
        };
        let value = yaml::parse(&bytes).map_err(|error| format!("invalid Kustomization: {error}"))?;
        let value = shape::kustomization(&value.into_owned()).map_err(|error| format!("invalid Kustomization: {error}"))?;
        for (old, new, mark) in DEPRECATED {
            if value.get(old).is_some() {
                self.notices.push(Notice::Line(format!(
                    "# Warning: '{old}' is deprecated. Please use '{new}' instead. {mark}{EDIT_FIX}"
                )));
            }
        }
        let says_nothing = |field: &str, value: &OwnedValue| matches!(field, "kind" | "apiVersion") || value.as_str() == Some("");
        let fields = value.as_object();
        if fields.is_none_or(|fields| fields.iter().all(|(field, value)| says_nothing(field, value))) {
            return Err("kustomization.yaml is empty".to_owned());
        }
        let kustomization = Kustomization { value, file };
        let mut faults = Vec::new();
        let kind = kustomization.kind();
        if !matches!(kind, "Kustomization" | "Component") {
            faults.push("kind should be Kustomization or Component".to_owned());
        }
        let version = match kind {
            "Component" => "kustomize.config.k8s.io/v1alpha1",
            _ => "kustomize.config.k8s.io/v1beta1",
        };
        if !["", version].contains(&kustomization.value.str_at(&["apiVersion"])) {
            faults.push(format!("apiVersion for {kind} should be {version}"));
        }
        match faults[..] {
            [] => Ok(kustomization),
            _ => Err(format!(
                "Failed to read kustomization file under {}:\n{}",
                loader.root(),
                faults.join("\n")
            )),
        }
    }

    /// Takes the description of types that a kustomization brings. The first one counts.
    ///
    /// # Errors
    /// One that cannot be read, or a version that is not built in.
    pub(super) fn describe(&mut self, loader: &Loader<'_>, kustomization: &Kustomization) -> Result<(), String> {
        let said = |field: &str| kustomization.value.at(&["openapi", field]).and_then(Value::as_str);
        let (path, version) = (said("path"), said("version"));
        if self.schemas.is_custom() {
            return Ok(());
        }
        match (path, version) {
            (Some(_), Some(_)) => Err("builtin version and custom schema provided, cannot use both".to_owned()),
            (None, Some("" | "v1.21.2") | None) => Ok(()),
            (None, Some(_)) => Err("the specified OpenAPI version is not built in".to_owned()),
            (Some(path), None) => {
                let bytes = loader.load(path).map_err(Failure::text)?;
                let description = yaml::parse(&bytes).map_err(|error| error.message)?.into_owned();
                self.schemas = Schemas::custom(description);
                Ok(())
            }
        }
    }

    /// Everything that a kustomization comes to. `gathered` is what it is a component of; empty for one by itself.
    ///
    /// # Errors
    /// What cannot be read, made or changed.
    pub(super) fn gather(
        &mut self,
        loader: &Loader<'_>,
        kustomization: &Kustomization,
        mut gathered: Gathered,
        origin: Option<&Origin>,
    ) -> Result<Gathered, String> {
        for field in ["resources", "bases"] {
            let paths: Vec<&str> = kustomization.texts(field).collect();
            self.resources(loader, kustomization, &paths, &mut gathered, origin)
                .map_err(|error| format!("accumulating resources: {error}"))?;
        }
        let files = kustomization.value.items_at(&["configurations"]);
        let config = match files {
            [] => Rc::clone(&self.defaults),
            files => Rc::new(Config::load(loader, files)?),
        };
        gathered.configure(&config)?;
        let files = kustomization.value.items_at(&["crds"]);
        if !files.is_empty() {
            let shown: Vec<&str> = kustomization.texts("crds").collect();
            let config = crds::load(loader, files).map_err(|error| format!("loading CRDs [{}]: {error}", shown.join(" ")))?;
            gathered.configure(&Rc::new(config))?;
        }
        self.generate(loader, kustomization, &mut gathered, origin)?;
        for path in kustomization.texts("components") {
            gathered = self
                .component(loader, kustomization, path, gathered, origin)
                .map_err(|error| format!("accumulating components: {error}"))?;
        }
        self.transform(loader, kustomization, &mut gathered, origin)?;
        let said = kustomization.value.items_at(&["vars"]);
        variables::define(&mut gathered.set, &mut gathered.variables, Variable::read(said))
            .map_err(|error| format!("merging vars {}: {error}", variables::shown(said)))?;
        Ok(gathered)
    }

    /// Adds the objects of files and of other kustomizations.
    pub(super) fn resources(
        &mut self,
        loader: &Loader<'_>,
        kustomization: &Kustomization,
        paths: &[&str],
        gathered: &mut Gathered,
        origin: Option<&Origin>,
    ) -> Result<(), String> {
        for path in paths {
            let failure = match file(loader, path, gathered, origin) {
                Ok(()) => continue,
                Err(Failure::Http(text)) => return Err(text),
                Err(Failure::Other(text)) => text,
            };
            let of_both = |error: String| format!("accumulation err='{failure}': {error}");
            let below = match loader.below(path) {
                Ok(below) => below,
                // What is no YAML is no folder either.
                Err(_) if failure.contains("MalformedYAMLError") => return Err(failure),
                Err(error) => return Err(of_both(error)),
            };
            let origin = origin.map(|origin| origin.append(path));
            let added = self.folder(&below, kustomization, None, origin.as_ref()).map_err(of_both)?;
            gathered
                .merge(added)
                .map_err(|error| of_both(format!("recursed merging from path '{}': {error}", below.root())))?;
        }
        Ok(())
    }

    fn component(
        &mut self,
        loader: &Loader<'_>,
        kustomization: &Kustomization,
        path: &str,
        gathered: Gathered,
        origin: Option<&Origin>,
    ) -> Result<Gathered, String> {
        let below = loader.below(path).map_err(|error| format!("loader.New {}", quote(&error)))?;
        let origin = origin.map(|origin| origin.append(path));
        self.folder(&below, kustomization, Some(gathered), origin.as_ref())
            .map_err(|error| format!("accumulateDirectory: {}", quote(&error)))
    }

    /// What the kustomization in a folder comes to; a component changes what there is.
    fn folder(
        &mut self,
        loader: &Loader<'_>,
        above: &Kustomization,
        component_of: Option<Gathered>,
        origin: Option<&Origin>,
    ) -> Result<Gathered, String> {
        let root = loader.root();
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("kustomizations stand more than {DEEPEST} deep in each other at '{root}'"));
        }
        let mut kustomization = self
            .load(loader)
            .map_err(|error| format!("couldn't make target for path '{root}': {error}"))?;
        if let Some(fields) = kustomization.value.as_object_mut() {
            fields.insert("buildMetadata", Value::Array(above.value.items_at(&["buildMetadata"]).to_vec()));
        }
        self.describe(loader, &kustomization)?;
        match (component_of.is_some(), kustomization.kind()) {
            (true, "Component") => {}
            (true, kind) => return Err(format!("expected kind 'Component' for path '{root}' but got '{kind}'")),
            (false, "Component") => return Err(format!("expected kind != 'Component' for path '{root}'")),
            (false, _) => {}
        }
        let gathered = self
            .gather(loader, &kustomization, component_of.unwrap_or_default(), origin)
            .map_err(|error| format!("recursed accumulation of path '{root}': {error}"))?;
        self.depth -= 1;
        Ok(gathered)
    }

    /// Makes what a kustomization makes.
    fn generate(
        &mut self,
        loader: &Loader<'_>,
        kustomization: &Kustomization,
        gathered: &mut Gathered,
        origin: Option<&Origin>,
    ) -> Result<(), String> {
        let value = &kustomization.value;
        if let Some(chart) = plugins::chart(value) {
            return Err(steps::configured(
                "HelmChartInflationGenerator",
                &chart,
                self.options.without_helm(),
            ));
        }
        let outside = self.configured(loader, kustomization, "generators", origin)?;
        let plugins = plugins::generators(loader, &outside).map_err(|error| format!("loading generator plugins: {error}"))?;
        let common = value.get("generatorOptions");
        for (field, kind, keeper) in [
            ("configMapGenerator", "ConfigMapGenerator", Keeper::ConfigMap),
            ("secretGenerator", "SecretGenerator", Keeper::Secret),
        ] {
            for wanted in value.items_at(&[field]) {
                let mut made = generators::make(loader, wanted, common, keeper)?;
                made.origin = origin.map(|origin| origin.configured(kustomization.file, kind));
                absorb(gathered, made)?;
            }
        }
        plugins.into_iter().try_for_each(|made| absorb(gathered, made))
    }

    /// The objects that configure what is not built into kustomizations: files, or the objects themselves.
    fn configured(
        &mut self,
        loader: &Loader<'_>,
        kustomization: &Kustomization,
        field: &str,
        origin: Option<&Origin>,
    ) -> Result<Vec<Resource>, String> {
        let mut gathered = Gathered::default();
        let mut paths = Vec::new();
        for text in kustomization.texts(field) {
            match read::objects(text) {
                Ok(objects) => gathered.set.append(objects.into_iter().map(Resource::new).collect())?,
                Err(_) => paths.push(text),
            }
        }
        self.resources(loader, kustomization, &paths, &mut gathered, origin)?;
        Ok(gathered.set.0)
    }

    /// Changes what there is.
    fn transform(
        &mut self,
        loader: &Loader<'_>,
        kustomization: &Kustomization,
        gathered: &mut Gathered,
        origin: Option<&Origin>,
    ) -> Result<(), String> {
        let config = gathered.config.clone().unwrap_or_else(|| Rc::clone(&self.defaults));
        let mut all = Step::of(loader, &kustomization.value, &config)?;
        let outside = self.configured(loader, kustomization, "transformers", origin)?;
        all.extend(plugins::transformers(loader, &outside)?);
        for step in &all {
            step.take(&mut gathered.set, &self.schemas)?;
            // Whatever was changed or not, the step is noted.
            if let Some(origin) = origin {
                let by = origin.configured(kustomization.file, step.kind());
                for resource in &mut gathered.set.0 {
                    match &resource.origin {
                        None => resource.origin = Some(by.clone()),
                        Some(_) => resource.transformations.push(by.clone()),
                    }
                }
            }
            gathered.set.0.retain(|resource| !resource.node.is_empty());
        }
        let validators = self.configured(loader, kustomization, "validators", origin)?;
        plugins::transformers(loader, &validators).map(|_| ())
    }

    /// Everything that the first kustomization comes to, with new names and values of variables in their places.
    ///
    /// # Errors
    /// As for [`Builder::gather`].
    pub(super) fn finish(&mut self, loader: &Loader<'_>, kustomization: &Kustomization) -> Result<Set, String> {
        let origin = kustomization.has_any_metadata().then(|| match loader.repository() {
            Some((repository, _)) => Origin::default().append(&repository.raw),
            None => Origin::default(),
        });
        let gathered = self.gather(loader, kustomization, Gathered::default(), origin.as_ref())?;
        let config = gathered.config.unwrap_or_else(|| Rc::clone(&self.defaults));
        let mut set = gathered.set;
        Step::Hash.take(&mut set, &self.schemas)?;
        super::references::follow(&mut set, &config.references)?;
        let unused = variables::resolve(&mut set, &gathered.variables, &config.variables)?;
        if !unused.is_empty() {
            self.notices.push(Notice::Log(format!(
                "well-defined vars that were never replaced: {}",
                unused.join(",")
            )));
        }
        set.0.retain(|resource| {
            let local = resource.node.at(&["metadata", "annotations", "config.kubernetes.io/local-config"]);
            local.is_none_or(|value| value.word(&[]) == "false")
        });
        Ok(set)
    }
}

/// Adds the objects in a file.
fn file(loader: &Loader<'_>, path: &str, gathered: &mut Gathered, origin: Option<&Origin>) -> Result<(), Failure> {
    let from = |error: String| format!("accumulating resources from '{path}': {error}");
    let text = loader.text(path).map_err(|failure| match failure {
        Failure::Http(text) => Failure::Http(from(text)),
        Failure::Other(text) => Failure::Other(from(text)),
    })?;
    let objects = read::objects(&text).map_err(|error| Failure::Other(from(read::in_file(&error, path))))?;
    let mut found = Set::default();
    let resources = objects.into_iter().map(|object| Resource {
        origin: origin.map(|origin| origin.append(path)),
        ..Resource::new(object)
    });
    found.append(resources.collect()).map_err(|error| Failure::Other(from(error)))?;
    gathered
        .set
        .append(found.0)
        .map_err(|error| Failure::Other(format!("merging resources from '{path}': {error}")))
}

fn absorb(gathered: &mut Gathered, made: Resource) -> Result<(), String> {
    // Where Go prints an address, this prints none.
    gathered
        .set
        .absorb(made)
        .map_err(|error| format!("merging from generator &{{0x0 <nil>}}: {error}"))
}
