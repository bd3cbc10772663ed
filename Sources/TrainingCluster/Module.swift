// Module TrainingCluster.
