//! Networks that share a name with one that is read, and are told by what they are.

use crate::error::Flaw;
use crate::state_dict::table::Table;

/// A part of a tensor's name that only one network has, and what that network is.
const STRANGERS: [(&str, &str); 2] = [("emo_fc_2.", FACES), ("m0.b1_4.", FACES)];
const FACES: &str = "of the EmoNet for faces (Toisoul et al. 2021, github.com/face-analysis/emonet), whose hourglass modules \
                     upsample maps. The EmoNet that is read here is that of Kragel et al. 2019, an AlexNet with twenty \
                     emotions";

/// Refuses a file whose tensors are those of such a network.
pub(super) fn check(table: &Table) -> Result<(), Flaw> {
    for (part, what) in STRANGERS {
        let dotted = format!(".{part}");
        let found = table.names().find(|name| name.starts_with(part) || name.contains(&dotted));
        if let Some(name) = found {
            return Err(Flaw::Stranger { tensor: table.original(name), what });
        }
    }
    Ok(())
}
