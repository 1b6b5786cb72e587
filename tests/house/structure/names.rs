//! The modules of a crate as its sources declare them, unit tests apart, and which file a path leads to.

use std::collections::{BTreeMap, BTreeSet};
use syn::{Attribute, Item, UseTree, Visibility};

/// Longer chains of names for names are circles.
const MAX_HOPS: usize = 16;

/// A module, in a file of its own or inside one.
pub struct Module {
    /// Its path below the crate.
    pub path: Vec<String>,
    /// The file that it is in.
    pub file: String,
    pub items: Vec<Item>,
    children: BTreeMap<String, usize>,
    /// What each name that a `use` brings in stands for.
    imports: BTreeMap<String, Vec<String>>,
    /// The paths of each `use` that is for this module alone. A `pub use` is another name for what it leads to,
    /// and uses nothing by itself.
    pub uses: Vec<Vec<String>>,
    defined: BTreeSet<String>,
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub module: usize,
    /// The item in it; none where the path ends with the module itself.
    pub item: Option<String>,
}

/// A crate's modules.
pub struct Modules(pub Vec<Module>);

impl Modules {
    /// The modules below `root`, a path such as `src/lib.rs`; `read` has a file's text.
    pub fn below(root: &str, read: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut modules = Self(Vec::new());
        let (folder, _) = root.rsplit_once('/').unwrap();
        modules.load(&[], root, folder, parsed(root, read), read);
        modules
    }

    fn load(
        &mut self,
        path: &[String],
        file: &str,
        folder: &str,
        items: Vec<Item>,
        read: &dyn Fn(&str) -> Option<String>,
    ) -> usize {
        let index = self.0.len();
        let mut module = Module {
            path: path.to_vec(),
            file: file.to_owned(),
            items: Vec::new(),
            children: BTreeMap::new(),
            imports: BTreeMap::new(),
            uses: Vec::new(),
            defined: BTreeSet::new(),
        };
        for item in items.iter().filter(|item| !is_test(attributes(item))) {
            match item {
                Item::Use(item) => {
                    let outside = item.leading_colon.map(|_| String::new());
                    let mut found = Vec::new();
                    leaves(outside.into_iter().collect(), &item.tree, &mut found);
                    if matches!(item.vis, Visibility::Inherited) {
                        module.uses.extend(found.iter().map(|(_, path)| path.clone()));
                    }
                    module.imports.extend(found.into_iter().filter(|(name, _)| name != "_"));
                }
                other => module.defined.extend(name(other)),
            }
        }
        self.0.push(module);
        for item in &items {
            let Item::Mod(inner) = item else { continue };
            if is_test(&inner.attrs) {
                continue;
            }
            let name = inner.ident.to_string();
            let below: Vec<String> = path.iter().cloned().chain([name.clone()]).collect();
            let folder = format!("{folder}/{name}");
            let child = if let Some((_, items)) = &inner.content {
                self.load(&below, file, &folder, items.clone(), read)
            } else {
                let own = [format!("{folder}.rs"), format!("{folder}/mod.rs")];
                let own = own.iter().find(|own| read(own).is_some());
                let own = own.unwrap_or_else(|| panic!("{file}: no file for mod {name}"));
                self.load(&below, own, &folder, parsed(own, read), read)
            };
            self.0[index].children.insert(name, child);
        }
        self.0[index].items = items;
        index
    }

    /// The path from the crate on; `None` for one that leaves the crate, or is a name of this place alone.
    fn absolute(&self, module: usize, path: &[String]) -> Option<Vec<String>> {
        let here = &self.0[module];
        let below_self = path.strip_prefix(&["self".to_owned()]);
        let path = below_self.unwrap_or(path);
        let ups = path.iter().take_while(|part| *part == "super").count();
        let first = path.first();
        let known = |name: &String| {
            here.children.contains_key(name) || here.imports.contains_key(name) || here.defined.contains(name)
        };
        let (base, rest) = match first.map(String::as_str) {
            Some("crate") => (&[][..], &path[1..]),
            Some("super") => (&here.path[..here.path.len().checked_sub(ups)?], &path[ups..]),
            _ if below_self.is_some() || first.is_some_and(known) => (&here.path[..], path),
            _ => return None,
        };
        Some(base.iter().chain(rest).cloned().collect())
    }

    /// What a path that stands in this module leads to, whatever it is re-exported by.
    pub fn resolve(&self, module: usize, path: &[String]) -> Option<Place> {
        self.follow(&self.absolute(module, path)?, MAX_HOPS)
    }

    /// Whether there is such an item.
    pub fn has(&self, place: &Place) -> bool {
        place.item.as_ref().is_none_or(|item| self.0[place.module].defined.contains(item))
    }

    fn follow(&self, path: &[String], hops: usize) -> Option<Place> {
        let mut at = 0;
        for (depth, part) in path.iter().enumerate() {
            let here = &self.0[at];
            let rest = &path[depth + 1..];
            let item = || Some(Place { module: at, item: Some(part.clone()) });
            let child = here.children.get(part);
            match here.imports.get(part) {
                // A module and what is in it may have one name.
                _ if rest.is_empty() && here.defined.contains(part) => return item(),
                Some(import) if child.is_none() || rest.is_empty() => {
                    if child.is_none() && import.first() == Some(part) {
                        // Another crate's.
                        return None;
                    }
                    let mut onward = self.absolute(at, import)?;
                    onward.extend_from_slice(rest);
                    return self.follow(&onward, hops.checked_sub(1)?);
                }
                _ => match child {
                    Some(child) => at = *child,
                    None => return item(),
                },
            }
        }
        Some(Place { module: at, item: None })
    }
}

/// The paths of a `use`, each with the name that it gets; `_` for none.
pub fn leaves(mut path: Vec<String>, tree: &UseTree, found: &mut Vec<(String, Vec<String>)>) {
    match tree {
        UseTree::Path(step) => {
            path.push(step.ident.to_string());
            leaves(path, &step.tree, found);
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                leaves(path.clone(), tree, found);
            }
        }
        UseTree::Name(leaf) => {
            if leaf.ident != "self" {
                path.push(leaf.ident.to_string());
            }
            found.extend(path.last().cloned().map(|name| (name, path)));
        }
        UseTree::Rename(leaf) => {
            if leaf.ident != "self" {
                path.push(leaf.ident.to_string());
            }
            found.push((leaf.rename.to_string(), path));
        }
        UseTree::Glob(_) => panic!("what `use {}::*` brings in cannot be told", path.join("::")),
    }
}

fn parsed(path: &str, read: &dyn Fn(&str) -> Option<String>) -> Vec<Item> {
    let text = read(path).unwrap_or_else(|| panic!("{path} is missing"));
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}")).items
}

/// Whether it is compiled for tests alone.
pub fn is_test(attributes: &[Attribute]) -> bool {
    let mut found = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")) {
        let _ = attribute.parse_nested_meta(|meta| {
            found |= meta.path.is_ident("test");
            Ok(())
        });
    }
    found
}

/// The attributes of an item.
pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// What the item is called, where paths can lead to it.
fn name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}
