// All of hone in one include. Programs that use one layer only include that layer's headers
// instead. Apart from it stand apps/report/report.h and inside.h, and for who writes a device of
// their own kernels/plugin.h, for who looks into recordings kernels/any_verb.h.
#pragma once

// Foundations: errors, cancellation, the version.
#include "base/cancel.h"
#include "base/error.h"
#include "base/version.h"

// Devices and the verbs they run.
#include "kernels/backend.h"
#include "kernels/conv2d_from_plain.h"
#include "kernels/device.h"

// Tensors, gradients, recorded steps, ops.
#include "tensor/gradcheck.h"
#include "tensor/ops.h"
#include "tensor/step_graph.h"
#include "tensor/tape.h"
#include "tensor/tape_view.h"
#include "tensor/tensor.h"

// Optimizers and schedules.
#include "optim/flat_parameters.h"
#include "optim/optimizer.h"
#include "optim/plateau.h"
#include "optim/schedule.h"
#include "optim/weight_average.h"

// Networks, models, data.
#include "nn/data/cifar.h"
#include "nn/data/class_names.h"
#include "nn/data/dataset.h"
#include "nn/data/fashion_mnist.h"
#include "nn/data/idx.h"
#include "nn/data/image_set.h"
#include "nn/data/npy.h"
#include "nn/data/picture.h"
#include "nn/data/png.h"
#include "nn/data/shards.h"
#include "nn/data/split.h"
#include "nn/data/synthetic.h"
#include "nn/data/table.h"
#include "nn/data/table_encoder.h"
#include "nn/field.h"
#include "nn/init.h"
#include "nn/layer.h"
#include "nn/layers.h"
#include "nn/model.h"
#include "nn/module.h"
#include "nn/network.h"
#include "nn/sequential.h"

// Training, and files of models.
#include "nn/io/foreign_weights.h"
#include "nn/io/model_file.h"
#include "nn/train/callbacks.h"
#include "nn/train/history.h"
#include "nn/train/inspect.h"
#include "nn/train/loss.h"
#include "nn/train/progress.h"
#include "nn/train/rate_finder.h"
#include "nn/train/trainer.h"
#include "nn/train/training.h"
#include "nn/train/training_memory.h"

// Studies, alone and over trainings.
#include "tune/hypervolume.h"
#include "tune/outcome.h"
#include "tune/pareto.h"
#include "tune/pruners/curve_model.h"
#include "tune/pruners/extrapolation_pruner.h"
#include "tune/pruners/make_pruner.h"
#include "tune/pruners/nop_pruner.h"
#include "tune/pruners/percentile_pruner.h"
#include "tune/pruners/promotion_pruner.h"
#include "tune/samplers/auto_sampler.h"
#include "tune/samplers/cma_es_sampler.h"
#include "tune/samplers/exhaustive_sampler.h"
#include "tune/samplers/gp_sampler.h"
#include "tune/samplers/make_sampler.h"
#include "tune/samplers/nsga_ii_sampler.h"
#include "tune/samplers/partial_fixed_sampler.h"
#include "tune/samplers/qmc_sampler.h"
#include "tune/samplers/random_sampler.h"
#include "tune/samplers/tpe_sampler.h"
#include "tune/storage/storage.h"
#include "tune/study.h"
#include "tune/training/replay.h"
#include "tune/training/rerun.h"
#include "tune/training/run_trial.h"
#include "tune/trial.h"
#include "tune/winner.h"
