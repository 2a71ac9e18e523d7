// These tests wait for processes more than they compute: one more at a time than a small machine has cores.
[assembly: Xunit.CollectionBehavior(MaxParallelThreads = 3)]
