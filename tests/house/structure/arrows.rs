//! Which file uses which, and the circles among them.

use crate::structure::names::{Modules, attributes, is_test, leaves};
use std::collections::{BTreeMap, BTreeSet};
use syn::buffer::{Cursor, TokenBuffer};
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprCall, ImplItemFn, Item, ItemImpl, Macro, Meta, Path, Stmt, Type, Visibility};

/// What each file uses, and by which paths.
pub type Arrows = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// What was found in a crate.
#[derive(Default)]
pub struct Found {
    pub arrows: Arrows,
    /// The files in which a type has `impl` blocks of its own, by type, but for the file that defines it.
    pub foreign: BTreeMap<String, BTreeSet<String>>,
}

impl Found {
    /// Looks through all of a crate.
    pub fn of(modules: &Modules) -> Self {
        let mut found = Self::default();
        for (index, module) in modules.0.iter().enumerate() {
            let mut walk = Walk { modules, module: index, found: &mut found };
            for path in &module.uses {
                walk.used(path);
            }
            for item in &module.items {
                walk.visit_item(item);
            }
        }
        found
    }

    /// The files of each circle, and the paths that make it.
    pub fn circles(&self) -> Vec<String> {
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            self.arrows.keys().map(|file| (file.as_str(), self.reached(file))).collect();
        let mut told = BTreeSet::new();
        let mut circles = Vec::new();
        for (file, all) in &reached {
            if !all.contains(file) || told.contains(file) {
                continue;
            }
            let back = |other: &&&str| reached.get(**other).is_some_and(|others| others.contains(file));
            let circle: BTreeSet<&str> = all.iter().filter(back).copied().collect();
            let mut text = vec![format!("{} files need each other:", circle.len())];
            for from in &circle {
                for (to, paths) in self.arrows[*from].iter().filter(|(to, _)| circle.contains(to.as_str())) {
                    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
                    text.push(format!("  {from} -> {to}: {}", paths.join(", ")));
                }
            }
            circles.push(text.join("\n"));
            told.extend(circle);
        }
        circles
    }

    fn reached<'a>(&'a self, from: &str) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut ahead: Vec<&str> =
            self.arrows.get(from).into_iter().flatten().map(|(to, _)| to.as_str()).collect();
        while let Some(file) = ahead.pop() {
            if reached.insert(file) {
                ahead.extend(self.arrows.get(file).into_iter().flatten().map(|(to, _)| to.as_str()));
            }
        }
        reached
    }
}

/// Goes through one module.
struct Walk<'a> {
    modules: &'a Modules,
    module: usize,
    found: &'a mut Found,
}

impl Walk<'_> {
    fn used(&mut self, path: &[String]) {
        let Some(place) = self.modules.resolve(self.module, path) else { return };
        let (from, to) = (&self.modules.0[self.module].file, &self.modules.0[place.module].file);
        if from != to {
            let paths = self.found.arrows.entry(from.clone()).or_default().entry(to.clone()).or_default();
            paths.insert(path.join("::"));
        }
    }

    /// A path in code. A single word may be a variable, unless it looks like a type.
    fn path(&mut self, path: &[String]) {
        let is_type = |word: &String| word.starts_with(char::is_uppercase);
        if path.len() > 1 || path.first().is_some_and(is_type) {
            self.used(path);
        }
    }

    /// Paths in what a macro is given.
    fn tokens(&mut self, mut at: Cursor<'_>) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        while !at.eof() {
            if let Some((ident, next)) = at.ident() {
                if colons != 2 {
                    self.path(&std::mem::take(&mut path));
                }
                path.push(ident.to_string());
                (at, colons) = (next, 0);
            } else if let Some((_, next)) = at.punct().filter(|(punct, _)| punct.as_char() == ':') {
                (at, colons) = (next, colons + 1);
            } else {
                self.path(&std::mem::take(&mut path));
                if let Some((inner, _, _, next)) = at.any_group() {
                    self.tokens(inner);
                    (at, colons) = (next, 0);
                } else if let Some((_, next)) = at.token_tree() {
                    (at, colons) = (next, 0);
                } else {
                    break;
                }
            }
        }
        self.path(&path);
    }

    /// Paths in texts that an attribute is given, such as serde's.
    fn texts(&mut self, mut at: Cursor<'_>) {
        while !at.eof() {
            if let Some((inner, _, _, next)) = at.any_group() {
                self.texts(inner);
                at = next;
            } else if let Some((literal, next)) = at.literal() {
                let text = literal.to_string();
                if let Ok(path) = syn::parse_str::<Path>(text.trim_matches('"')) {
                    self.path(&words(&path));
                }
                at = next;
            } else if let Some((_, next)) = at.token_tree() {
                at = next;
            } else {
                break;
            }
        }
    }

    fn foreign_impl(&mut self, item: &ItemImpl) {
        let Type::Path(of) = &*item.self_ty else { return };
        let Some(place) = self.modules.resolve(self.module, &words(&of.path)) else { return };
        let (here, home) = (&self.modules.0[self.module], &self.modules.0[place.module]);
        if here.file != home.file {
            let name = home.path.iter().cloned().chain(place.item).collect::<Vec<_>>().join("::");
            self.found.foreign.entry(name).or_default().insert(here.file.clone());
        }
    }
}

fn words(path: &Path) -> Vec<String> {
    let colon = path.leading_colon.iter().map(|_| String::new());
    colon.chain(path.segments.iter().map(|segment| segment.ident.to_string())).collect()
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            // Looked through by themselves.
            Item::Mod(_) | Item::Use(_) => {}
            _ if is_test(attributes(item)) => {}
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if let Stmt::Item(Item::Use(item)) = statement {
            let mut paths = Vec::new();
            leaves(Vec::new(), &item.tree, &mut paths);
            for (_, path) in paths {
                self.used(&path);
            }
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if item.trait_.is_none() {
            self.foreign_impl(item);
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        self.path(&words(path));
        visit::visit_path(self, path);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(function) = &*call.func {
            let name = words(&function.path);
            if self.modules.resolve(self.module, &name).is_some_and(|place| place.item.is_some()) {
                self.used(&name);
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        self.path(&words(&called.path));
        self.tokens(TokenBuffer::new2(called.tokens.clone()).begin());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            let tokens = TokenBuffer::new2(list.tokens.clone());
            self.texts(tokens.begin());
            self.tokens(tokens.begin());
        }
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}
