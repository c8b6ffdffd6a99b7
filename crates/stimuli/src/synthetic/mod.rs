//! Pictures that need no files: two synthetic affective picture sets in different styles, and an endless stream of
//! labelled objects on which a network can be trained before it ever meets them.
//!
//! The path of a picture: a class draws its shapes in tones → the shapes are placed → a [`Style`] paints
//! them with freshly drawn colours on a ground → grain. Valence belongs to the object classes alone. Colours are
//! drawn from one distribution for all classes, and that distribution equals its own negative, so neither colour nor
//! brightness can tell a pleasant scene from an unpleasant one; shape can.
//!
//! [`clip_set`] draws clips for studies of many classes: there a class is a recipe of objects, colours and motion, and
//! classes overlap.
//!
//! Every picture is a function of its seed, bit for bit, on every platform: numbers come from ChaCha8, curves from
//! sums and products, and areas from an integer rasteriser.

mod dice;
mod geometry;

mod drawing;
mod objects;

mod canvas;
mod ground;
mod palette;

mod scene;
mod set;
mod style;

mod clip;
mod clips;
mod recipes;

pub use clip::ClipFrame;
pub use clips::{ClipSpec, clip_set};
pub use objects::class_names;
pub use scene::{SCENE_HEIGHT, SCENE_WIDTH, Scene, SceneObject, object_picture};
pub use set::{SyntheticSpec, scene_set};
pub use style::Style;
