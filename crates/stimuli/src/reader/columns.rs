//! Which column is which: by the names that the user gives, else by headings; never by a guess between two.

use std::collections::BTreeMap;

use super::words::{Word, meanings, names_a_sex, normalise};

/// How many headings a message lists.
const LISTED: usize = 40;

/// How a column is known where the user does not name it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By {
    /// By its heading, which is one of these, normalised; of several that occur the first in this order.
    Names(&'static [&'static str]),
    /// By the words of its heading: the mean of this rating over all raters.
    Rating(Word),
    /// Not at all.
    User,
}

/// Whether a table can be used without a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// It cannot.
    Required,
    /// It can, if another column of this kind is there.
    Either,
    /// It can.
    Optional,
}

/// A column that a reader uses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Role {
    /// Its key in the section `columns` of a picture set.
    pub key: &'static str,
    /// How it is known.
    pub by: By,
    /// Whether it must be there.
    pub need: Need,
}

/// What a reader wants of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// The columns.
    pub roles: &'a [Role],
    /// The columns in words, for the message where they are not found.
    pub words: &'a str,
    /// The columns that the user names, by key; `None` where there is no place to name them.
    pub named: Option<&'a [(&'static str, &'a str)]>,
    /// Whether, of ratings by several groups, those over all raters are meant.
    pub overall: bool,
}

/// Columns that may be meant, without a reason to take one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// The key of the role.
    pub key: &'static str,
    /// The columns.
    pub columns: Vec<usize>,
    /// Whether each of them alone would have been taken.
    pub each_fits: bool,
}

/// What the headings of a table are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resolution {
    /// The columns that are known, by key.
    pub found: BTreeMap<&'static str, usize>,
    /// The columns that are not.
    pub doubts: Vec<Doubt>,
    /// Names that the user gives and no column has.
    pub unknown: Vec<(&'static str, String)>,
}

/// How well headings give what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// They do.
    Whole,
    /// They do, once a doubt is settled.
    InDoubt,
    /// They do not.
    No,
}

enum Match {
    Column(usize),
    Doubt(Vec<usize>, bool),
    Nothing,
}

impl Wanted<'_> {
    /// The name that the user gives to the column of this key.
    fn name(&self, key: &str) -> Option<&str> {
        self.named?.iter().find(|(other, _)| *other == key).map(|(_, name)| *name)
    }

    /// The columns that the user names: their meaning is settled, so that no heading gives them
    /// another one that the table can do without.
    fn taken(&self, headings: &[String]) -> Vec<usize> {
        let named = self.named.into_iter().flatten().map(|(_, name)| by_name(headings, name));
        named.filter_map(|found| if let Match::Column(column) = found { Some(column) } else { None }).collect()
    }

    /// The columns among these headings.
    pub(crate) fn resolve(&self, headings: &[String]) -> Resolution {
        let mut resolution = Resolution::default();
        // Once for all roles: a long table of words is searched for further headings row by row.
        let normalised: Vec<String> = headings.iter().map(|heading| normalise(heading)).collect();
        let taken = self.taken(headings);
        for role in self.roles {
            let name = self.name(role.key);
            let found = match (name, role.by) {
                (Some(name), _) => by_name(headings, name),
                (None, By::Names(names)) => {
                    // What must be there is in doubt between its columns whatever else the user says of one of them.
                    let taken: &[usize] = if role.need == Need::Optional { &taken } else { &[] };
                    by_names(&normalised, names, taken)
                }
                (None, By::Rating(rating)) => by_words(headings, rating, self.overall),
                (None, By::User) => Match::Nothing,
            };
            match (found, name) {
                (Match::Column(column), _) => drop(resolution.found.insert(role.key, column)),
                (Match::Doubt(columns, each_fits), _) => {
                    resolution.doubts.push(Doubt { key: role.key, columns, each_fits });
                }
                (Match::Nothing, Some(name)) => resolution.unknown.push((role.key, name.into())),
                (Match::Nothing, None) => {}
            }
        }
        resolution
    }

    /// Whether these columns are what is wanted.
    pub(crate) fn fit(&self, resolution: &Resolution) -> Fit {
        let found = |role: &Role| resolution.found.contains_key(role.key);
        let doubted = |role: &Role| resolution.doubts.iter().any(|doubt| doubt.key == role.key);
        let of = |need: Need| self.roles.iter().filter(move |role| role.need == need);
        let either = |is: &dyn Fn(&Role) -> bool| of(Need::Either).count() == 0 || of(Need::Either).any(is);
        if !resolution.unknown.is_empty() {
            return Fit::No;
        }
        if of(Need::Required).all(found) && either(&found) && self.fatal(resolution).is_none() {
            return Fit::Whole;
        }
        let possible = |role: &Role| found(role) || doubted(role);
        if of(Need::Required).all(possible) && either(&possible) { Fit::InDoubt } else { Fit::No }
    }

    /// The doubt that forbids to read the table. A doubt about what can be missing forbids nothing, unless two columns
    /// fit equally.
    pub(crate) fn fatal<'r>(&self, resolution: &'r Resolution) -> Option<&'r Doubt> {
        let need = |doubt: &Doubt| self.roles.iter().find(|role| role.key == doubt.key).map(|role| role.need);
        let either = |role: &&Role| role.need == Need::Either && resolution.found.contains_key(role.key);
        let alone = self.roles.iter().find(either).is_none();
        resolution.doubts.iter().find(|doubt| match need(doubt) {
            Some(Need::Required) => true,
            Some(Need::Either) => alone || doubt.each_fits,
            _ => self.name(doubt.key).is_some(),
        })
    }

    /// Whether the user names every column that must be there by its position, so that no headings are needed.
    pub(crate) fn by_position(&self) -> bool {
        let named = |role: &Role| self.name(role.key);
        let positions = |role: &Role| named(role).is_some_and(|name| position(name).is_some());
        let needed = self.roles.iter().filter(|role| role.need == Need::Required || named(role).is_some());
        let mut names = self.roles.iter().filter_map(named).peekable();
        names.peek().is_some() && needed.clone().all(positions)
    }
}

/// `column 3` as a position from 0.
fn position(name: &str) -> Option<usize> {
    let number = name.trim().to_lowercase().strip_prefix("column ")?.trim().parse::<usize>().ok()?;
    number.checked_sub(1)
}

/// The column that a user names: by its heading as written, else without case and punctuation, else by position.
fn by_name(headings: &[String], name: &str) -> Match {
    let all = |is: &dyn Fn(&String) -> bool| -> Vec<usize> {
        headings.iter().enumerate().filter(|(_, heading)| is(heading)).map(|(column, _)| column).collect()
    };
    let exact = all(&|heading| heading.trim() == name.trim());
    let found = if exact.is_empty() {
        all(&|heading| !heading.is_empty() && normalise(heading) == normalise(name))
    } else {
        exact
    };
    match (found.as_slice(), position(name)) {
        ([column], _) => Match::Column(*column),
        ([], Some(position)) if position < headings.len() => Match::Column(position),
        ([], _) => Match::Nothing,
        _ => Match::Doubt(found, true),
    }
}

fn by_names(normalised: &[String], names: &[&str], taken: &[usize]) -> Match {
    for name in names {
        let of_name = |column: &usize| normalised[*column] == *name && !taken.contains(column);
        let found: Vec<usize> = (0..normalised.len()).filter(of_name).collect();
        match found.as_slice() {
            [] => {}
            [column] => return Match::Column(*column),
            _ => return Match::Doubt(found, true),
        }
    }
    Match::Nothing
}

/// The mean of a rating: the one column whose heading says the rating, perhaps `mean`, and nothing else. Over groups of
/// raters it is the one that says `all`, if that is wanted or no other says the rating.
fn by_words(headings: &[String], rating: Word, overall: bool) -> Match {
    let other = if rating == Word::Valence { Word::Arousal } else { Word::Valence };
    let not_a_mean = [Word::Spread, Word::Deviation, other];
    let sexes = headings.iter().any(|heading| names_a_sex(heading));
    let says: Vec<(usize, Vec<Word>)> = headings
        .iter()
        .enumerate()
        .map(|(column, heading)| (column, meanings(heading, sexes)))
        .filter(|(_, words)| words.contains(&rating) && !words.iter().any(|word| not_a_mean.contains(word)))
        .collect();
    let columns = |more: &[Word]| -> Vec<usize> {
        let plain = |word: &Word| [rating, Word::Mean, Word::Filler].contains(word) || more.contains(word);
        says.iter().filter(|(_, words)| words.iter().all(plain)).map(|(column, _)| *column).collect()
    };
    let mut fitting = columns(&[]);
    if overall || fitting.is_empty() && says.len() == 1 {
        fitting = columns(&[Word::All]);
    }
    match (fitting.as_slice(), says.len()) {
        ([column], _) => Match::Column(*column),
        ([], 0) => Match::Nothing,
        ([], _) => Match::Doubt(says.iter().map(|(column, _)| *column).collect(), false),
        _ => Match::Doubt(fitting, true),
    }
}

/// What is wrong with the names that a user gives to columns, by key.
pub(crate) fn fault(named: &[(&'static str, &str)]) -> Option<String> {
    let empty = named.iter().find(|(_, column)| column.trim().is_empty());
    let twice = named.iter().enumerate().find_map(|(at, (key, column))| {
        let before = named[..at].iter().find(|(_, other)| other == column)?;
        Some(format!("columns.{} and columns.{key} are both '{column}'; each column has one meaning", before.0))
    });
    empty.map(|(key, _)| format!("columns.{key} is empty; write the heading of a column, or 'column 3'")).or(twice)
}

/// A column for a message: its heading, with the position where that says more.
pub(crate) fn label(headings: &[String], column: usize) -> String {
    let heading = headings.get(column).map_or("", String::as_str);
    let twin = headings.iter().filter(|other| normalise(other) == normalise(heading)).count() > 1;
    match heading {
        "" => format!("column {} (no heading)", column + 1),
        _ if twin => format!("'{heading}' (column {})", column + 1),
        _ => format!("'{heading}'"),
    }
}

/// What a user writes to name a column.
pub(crate) fn name(headings: &[String], column: usize) -> String {
    let heading = headings.get(column).map_or("", String::as_str);
    match by_name(headings, heading) {
        Match::Column(_) if !heading.is_empty() => heading.into(),
        _ => format!("column {}", column + 1),
    }
}

/// The headings of a table in words.
pub(crate) fn listed(headings: &[String]) -> String {
    let filled: Vec<usize> = (0..headings.len()).filter(|column| !headings[*column].is_empty()).collect();
    let names: Vec<String> = filled.iter().take(LISTED).map(|column| label(headings, *column)).collect();
    let more = filled.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    names.join(", ") + &more
}
