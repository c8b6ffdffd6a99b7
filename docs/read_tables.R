# Change of F1 (%) by layer and group of silenced channels, from the tables of a lesion run; base R is enough.
#
#     Rscript docs/read_tables.R results/exp-lesion/demo

run <- commandArgs(trailingOnly = TRUE)[1]
# Only an empty cell is missing: a set may be called "NA".
sweep <- read.csv(file.path(run, "tables", "sweep.csv"), na.strings = "")
own <- subset(sweep, network == "trained" &
  set_train == set_test & # heads read the set that they were trained on
  task == emotion) # and the emotion whose channels are silenced
own$layer <- factor(own$layer, levels = unique(own$layer))
change <- tapply(own$change_pct, list(own$layer, own$group), mean, na.rm = TRUE)
print(round(change, 2))
