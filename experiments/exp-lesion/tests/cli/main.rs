//! The program as a user meets it: what a run leaves behind, and what it says when something is wrong.

mod budget;
mod contract;
mod crashes;
mod damage;
mod interruptions;
mod output;
mod partial;
mod refused;
mod support;
mod verbs;
