//! A tree of merges beside the rows of a matrix: in which order its leaves stand, and how it is drawn.

use crate::axes::{LINE, Scale};
use crate::error::{FigureError, check_length, check_value};
use crate::number::precise;
use crate::svg::{Anchor, Canvas, Place, Stroke, Text};
use crate::theme::{BASELINE, INK, SOFT_INK};

/// Two branches that become one, as hierarchical clustering gives them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merge {
    /// One branch: a class below the number of classes n, else the merge `a − n`, as in SciPy's linkage matrix.
    pub a: usize,
    /// The other branch.
    pub b: usize,
    /// The distance at which they merge; at least that of the merges inside both branches.
    pub height: f64,
}

/// A branch: its leaves from top to bottom, and where it begins.
#[derive(Clone, Debug)]
struct Branch {
    leaves: Vec<usize>,
    height: f64,
}

/// All merges of a number of leaves, checked.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    merges: Vec<Merge>,
    branches: Vec<Branch>,
}

impl Tree {
    /// Joins the leaves; of two branches, the one with the first leaf stands above.
    pub fn of(leaves: usize, merges: &[Merge], place: impl Fn() -> String) -> Result<Self, FigureError> {
        check_length(merges.len(), leaves.saturating_sub(1), "merges, one less than classes", &place)?;
        let mut branches: Vec<Branch> = (0..leaves).map(|leaf| Branch { leaves: vec![leaf], height: 0.0 }).collect();
        let mut is_used = vec![false; leaves + merges.len()];
        for (index, merge) in merges.iter().enumerate() {
            let place = || format!("{}, merge {index}", place());
            let fault = |fault: String| Err(FigureError::Tree { place: place(), fault });
            check_value(merge.height, place)?;
            for end in [merge.a, merge.b] {
                let Some(branch) = branches.get(end) else {
                    return fault(format!("there is no branch {end} yet; {} came before", branches.len()));
                };
                if std::mem::replace(&mut is_used[end], true) {
                    return fault(format!("branch {end} was merged before; every branch is merged once"));
                }
                if merge.height < branch.height {
                    let (here, there) = (merge.height, branch.height);
                    return fault(format!("its height {here} is below that of its branch {end}, {there}"));
                }
            }
            let mut ends = [branches[merge.a].leaves.clone(), branches[merge.b].leaves.clone()];
            ends.sort_by_key(|leaves| leaves.iter().min().copied());
            branches.push(Branch { leaves: ends.concat(), height: merge.height });
        }
        Ok(Self { merges: merges.to_vec(), branches })
    }

    /// The leaves from top to bottom.
    pub fn order(&self) -> Vec<usize> {
        self.branches.last().map(|root| root.leaves.clone()).unwrap_or_default()
    }

    /// The middle of the gap in height between merges within clusters and merges of clusters, if there is one.
    fn cut(&self, clusters: &[usize]) -> Option<f64> {
        let leaves = self.branches.len() - self.merges.len();
        let (mut within, mut between) = (0.0, f64::MAX);
        for branch in &self.branches[leaves..] {
            if branch.leaves.iter().all(|&leaf| clusters[leaf] == clusters[branch.leaves[0]]) {
                within = f64::max(within, branch.height);
            } else {
                between = f64::min(between, branch.height);
            }
        }
        (within < between && between < f64::MAX).then_some((within + between) / 2.0)
    }
}

/// Where a tree stands: its leaves at the middles of rows, its root to the right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beside {
    pub corner: Place,
    pub width: f64,
    pub row: f64,
}

impl Tree {
    /// Draws the tree with its axis above it, and where it was cut into clusters.
    pub fn draw(&self, canvas: &mut Canvas, beside: Beside, names: &[String], clusters: &[usize]) {
        let leaves = names.len();
        let highest = self.branches.iter().map(|branch| branch.height).fold(0.0, f64::max);
        let scale = Scale::covering([0.0, if highest > 0.0 { highest } else { 1.0 }].into_iter(), 0.0);
        let x = |height: f64| beside.corner.0 + beside.width * scale.share(height);
        let bottom = beside.corner.1 + leaves as f64 * beside.row;
        draw_axis(canvas, &scale, beside);
        if let Some(cut) = if clusters.is_empty() { None } else { self.cut(clusters) } {
            canvas.open_value("cut", &format!("cut into clusters at {}", precise(cut)));
            let stroke = Stroke { colour: BASELINE, width: 1.2, dash: "4 3" };
            canvas.line((x(cut), beside.corner.1), (x(cut), bottom), stroke);
            canvas.close();
        }
        let mut rows = vec![0.0; leaves];
        self.order().iter().enumerate().for_each(|(row, &leaf)| rows[leaf] = row as f64 + 0.5);
        for (index, merge) in self.merges.iter().enumerate() {
            let ends =
                [merge.a, merge.b].map(|end| (x(self.branches[end].height), beside.corner.1 + rows[end] * beside.row));
            let joint = x(merge.height);
            canvas.open_value("merge", &self.told(leaves + index, names));
            let corners = [ends[0], (joint, ends[0].1), (joint, ends[1].1), ends[1]];
            canvas.polyline(&corners, Stroke::solid(INK, 1.2));
            canvas.close();
            rows.push((rows[merge.a] + rows[merge.b]) / 2.0);
        }
    }

    /// What a merge tells: its height, and some of the leaves below it.
    fn told(&self, branch: usize, names: &[String]) -> String {
        const MOST: usize = 6;
        let Branch { leaves, height } = &self.branches[branch];
        let some: Vec<&str> = leaves.iter().take(MOST).map(|&leaf| names[leaf].as_str()).collect();
        let more = if leaves.len() > MOST { format!(" and {} more", leaves.len() - MOST) } else { String::new() };
        format!("{}{more}: merged at {}", some.join(", "), precise(*height))
    }
}

/// Every second tick, with its number above the tree.
fn draw_axis(canvas: &mut Canvas, scale: &Scale, beside: Beside) {
    let (left, top) = beside.corner;
    canvas.line((left, top), (left + beside.width, top), Stroke::solid(BASELINE, 0.8));
    for (value, label) in scale.ticks.iter().step_by(2) {
        let x = left + beside.width * scale.share(*value);
        canvas.line((x, top - 3.0), (x, top), Stroke::solid(BASELINE, 0.8));
        canvas.text(Text { anchor: Anchor::Middle, colour: SOFT_INK, ..Text::at((x, top - 6.0), label) });
    }
}

/// Room that the numbers above a tree need, in px.
pub(crate) const AXIS_ROOM: f64 = LINE + 4.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(merges: &[(usize, usize, f64)]) -> Result<Tree, String> {
        let merges: Vec<Merge> = merges.iter().map(|&(a, b, height)| Merge { a, b, height }).collect();
        Tree::of(4, &merges, || "here".into()).map_err(|error| error.to_string())
    }

    #[test]
    fn leaves_stand_beside_what_they_merge_with() {
        let tree = tree(&[(3, 1, 0.1), (2, 0, 0.2), (4, 5, 0.9)]).expect("a tree");
        assert_eq!(tree.order(), [0, 2, 1, 3], "of two branches, the one with the first leaf stands above");
        assert_eq!(tree.cut(&[0, 1, 0, 1]), Some(0.55));
        assert_eq!(tree.cut(&[0, 0, 0, 0]), None, "one cluster is not cut");
        assert_eq!(tree.cut(&[0, 1, 2, 1]), Some(0.15000000000000002));
        assert_eq!(tree.cut(&[0, 1, 0, 2]), None, "the lower merge was undone and the higher one was not");
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        let check = |merges: &[(usize, usize, f64)], message: &str| {
            assert_eq!(tree(merges).expect_err("no tree"), message);
        };
        check(&[(0, 1, 0.1)], "here: expected 3 merges, one less than classes, found 1");
        check(&[(0, 4, 0.1), (2, 3, 0.1), (5, 6, 0.1)], "here, merge 0: there is no branch 4 yet; 4 came before");
        check(
            &[(0, 1, 0.1), (0, 2, 0.1), (5, 3, 0.1)],
            "here, merge 1: branch 0 was merged before; every branch is merged once",
        );
        check(
            &[(0, 1, 0.3), (2, 3, 0.1), (4, 5, 0.2)],
            "here, merge 2: its height 0.2 is below that of its branch 4, 0.3",
        );
        check(
            &[(0, 0, 0.3), (2, 3, 0.1), (4, 5, 0.2)],
            "here, merge 0: branch 0 was merged before; every branch is merged once",
        );
        assert!(tree(&[(0, 1, f64::NAN), (2, 3, 0.1), (4, 5, 0.2)]).is_err());
        assert!(tree(&[(0, 1, -0.1), (2, 3, 0.1), (4, 5, 0.2)]).expect_err("negative").contains("below"));
    }
}
