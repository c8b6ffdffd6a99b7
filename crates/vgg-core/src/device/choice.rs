//! What a user asks for: a device and a precision.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a user asked for with `--device`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DeviceChoice {
    /// A hardware GPU if there is one, otherwise the CPU.
    #[default]
    Auto,
    /// The CPU kernels of this project.
    Cpu,
    /// Burn's own CPU backend (flex): a second opinion on the numbers, slower.
    Flex,
    /// The best hardware GPU.
    Gpu,
    /// The adapter of that number in `--device list`.
    Number(usize),
    /// The first adapter whose name, driver or graphics API contains this text, in any case.
    Named(String),
    /// None: the user wants to see what there is ([`super::listing`]).
    List,
}

/// The numbers that a network computes with. Statistics are always float64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Precision {
    /// float32.
    #[default]
    #[serde(rename = "float32")]
    F32,
    /// float16, on adapters that have it: half the memory.
    #[serde(rename = "float16")]
    F16,
}

impl Precision {
    /// Whether it is float32, which goes without saying.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text.trim().to_lowercase().as_str() {
            "" => return Err("expected auto, cpu, flex, gpu, gpu:<number> or a part of an adapter's name".into()),
            "auto" => Self::Auto,
            "cpu" => Self::Cpu,
            "flex" => Self::Flex,
            "gpu" => Self::Gpu,
            "list" => Self::List,
            other => match other.strip_prefix("gpu:") {
                Some(number) => Self::Number(
                    number.parse().map_err(|_| format!("gpu:{number}: the part after the colon must be a number"))?,
                ),
                None => Self::Named(other.into()),
            },
        })
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Flex => f.write_str("flex"),
            Self::Gpu => f.write_str("gpu"),
            Self::Number(number) => write!(f, "gpu:{number}"),
            Self::Named(name) => f.write_str(name),
            Self::List => f.write_str("list"),
        }
    }
}

impl TryFrom<String> for DeviceChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<DeviceChoice> for String {
    fn from(choice: DeviceChoice) -> Self {
        choice.to_string()
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "f32" => Ok(Self::F32),
            "f16" => Ok(Self::F16),
            _ => Err("expected f32 or f16".into()),
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "float32",
            Self::F16 => "float16",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_reads_back_as_it_is_written() {
        for text in ["auto", "cpu", "flex", "gpu", "gpu:2", "radeon", "list"] {
            assert_eq!(text.parse::<DeviceChoice>().expect("valid").to_string(), text);
        }
        assert_eq!(" LLVMpipe ".parse(), Ok(DeviceChoice::Named("llvmpipe".into())));
        assert!("gpu:x".parse::<DeviceChoice>().expect_err("no number").contains("must be a number"));
        assert!("".parse::<DeviceChoice>().is_err());
    }

    #[test]
    fn a_precision_is_one_of_two() {
        assert_eq!(("f32".parse(), "f16".parse()), (Ok(Precision::F32), Ok(Precision::F16)));
        assert!("half".parse::<Precision>().is_err());
    }
}
