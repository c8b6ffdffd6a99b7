//! What can be wrong with the numbers handed in, and the checks that find it.

/// An input from which the statistic cannot be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StatsError {
    /// Two inputs that belong together differ in length.
    #[error("{what}: expected {expected}, found {found}; both inputs must describe the same items")]
    Length {
        /// Which input.
        what: &'static str,
        /// The length of its partner.
        expected: usize,
        /// Its own length.
        found: usize,
    },
    /// A statistic of nothing.
    #[error("{what}: at least one is needed, found none")]
    Empty {
        /// What is missing.
        what: &'static str,
    },
    /// More values than can be worked through.
    #[error("{what}: at most {most} can be used, found {found}")]
    TooManyValues {
        /// Which input.
        what: &'static str,
        /// The largest number.
        most: usize,
        /// The number found.
        found: usize,
    },
    /// A category that no picture belongs to.
    #[error("category {category} has no pictures; add pictures of it or leave the category out of the analysis")]
    EmptyCategory {
        /// The index of the category.
        category: usize,
    },
    /// A label that names no category.
    #[error("picture {picture} has category {label}, but categories run from 0 to {}", categories.saturating_sub(1))]
    UnknownCategory {
        /// Row of the picture.
        picture: usize,
        /// Its label.
        label: usize,
        /// Number of categories.
        categories: usize,
    },
    /// A contrast between categories without categories to contrast.
    #[error("a contrast needs at least 2 categories, found {found}")]
    TooFewCategories {
        /// Number of categories.
        found: usize,
    },
    /// A response that is NaN or infinite.
    #[error("the response of channel {channel} to picture {picture} is {value}; responses must be finite")]
    Response {
        /// Row of the picture.
        picture: usize,
        /// Column of the channel.
        channel: usize,
        /// The value found.
        value: f32,
    },
    /// A number outside the range of its kind.
    #[error("{what}, number {index}, is {value}; it must be {allowed}")]
    Value {
        /// Which input.
        what: &'static str,
        /// Position in it, from 0.
        index: usize,
        /// The value found.
        value: f64,
        /// What would be allowed.
        allowed: &'static str,
    },
    /// More items asked for than there are.
    #[error("{what}: {found} asked for, but there are only {available}")]
    TooMany {
        /// Which input.
        what: &'static str,
        /// The number asked for.
        found: usize,
        /// The number there is.
        available: usize,
    },
    /// Fewer items than the method can work with.
    #[error("{what}: at least {least} are needed, found {found}; {remedy}")]
    TooFew {
        /// Which input.
        what: &'static str,
        /// The smallest number.
        least: usize,
        /// The number found.
        found: usize,
        /// What can be done.
        remedy: &'static str,
    },
    /// A design in which a combination of levels does not occur, and would have to.
    #[error(
        "no picture is of level {} of the first factor and level {} of the second, so the interaction is not defined; add \
         pictures, merge levels, or take the additive model",
        levels[0], levels[1]
    )]
    EmptyCell {
        /// The level of either factor.
        levels: [usize; 2],
    },
    /// Factors whose effects cannot be told apart.
    #[error(
        "some levels of the first factor occur only with some of the second, and these with no others, so that their effects \
         cannot be told apart; add pictures that combine them, or merge levels"
    )]
    Confounded,
    /// A group of pictures that must keep one label, and does not.
    #[error(
        "group {group} mixes two kinds of pictures: picture {} is of {what} {}, picture {} of {what} {}; split the group",
        pictures[0], values[0], pictures[1], values[1]
    )]
    MixedGroup {
        /// The group.
        group: usize,
        /// What differs.
        what: &'static str,
        /// Rows of two of its pictures.
        pictures: [usize; 2],
        /// What they belong to.
        values: [usize; 2],
    },
    /// Strata and groups that leave every picture its label.
    #[error(
        "no shuffle can change a label: no stratum holds two groups of the same number of pictures and of different \
         categories; use coarser strata or smaller groups"
    )]
    NothingToExchange,
    /// A statistic that exists for (almost) none of the resamples.
    #[error("the {what} does not exist for these data, or for {tries} resamples of them in a row")]
    Undefined {
        /// Which statistic.
        what: &'static str,
        /// How many resamples were tried.
        tries: usize,
    },
}

pub(crate) fn check_length(what: &'static str, expected: usize, found: usize) -> Result<(), StatsError> {
    if expected == found { Ok(()) } else { Err(StatsError::Length { what, expected, found }) }
}

pub(crate) fn check_finite(what: &'static str, values: &[f64]) -> Result<(), StatsError> {
    check_values(what, values, "finite", |value| value.is_finite())
}

pub(crate) fn check_values(
    what: &'static str,
    values: &[f64],
    allowed: &'static str,
    accept: impl Fn(f64) -> bool,
) -> Result<(), StatsError> {
    match values.iter().position(|&value| !accept(value)) {
        None => Ok(()),
        Some(index) => Err(StatsError::Value { what, index, value: values[index], allowed }),
    }
}

pub(crate) fn check_at_most(what: &'static str, found: usize, available: usize) -> Result<(), StatsError> {
    if found <= available { Ok(()) } else { Err(StatsError::TooMany { what, found, available }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_place_the_value_and_the_remedy() {
        let check = |error: StatsError, expected: &str| assert_eq!(error.to_string(), expected);
        check(
            StatsError::Value { what: "p-values", index: 2, value: 1.5, allowed: "between 0 and 1" },
            "p-values, number 2, is 1.5; it must be between 0 and 1",
        );
        check(
            StatsError::UnknownCategory { picture: 4, label: 3, categories: 3 },
            "picture 4 has category 3, but categories run from 0 to 2",
        );
        check(
            StatsError::Response { picture: 1, channel: 7, value: f32::NAN },
            "the response of channel 7 to picture 1 is NaN; responses must be finite",
        );
        check(
            StatsError::EmptyCategory { category: 1 },
            "category 1 has no pictures; add pictures of it or leave the category out of the analysis",
        );
    }
}
