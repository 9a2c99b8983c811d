// The verbs: all that a backend can do, one struct each, by family in verbs/.
//
// A verb names its views, outputs first, then inputs, then parameters, and is run by
// Backend::run(verb::Copy{.y = y, .x = x}). It never owns memory and never allocates outside the
// workspace. A View is written, and read where the verb adds to it or says that it works in place;
// a ConstView is only read. Everything that changes from step to step is device data, so that a
// recorded verb stays right. The op layer above checks shapes and says what is wrong.
//
// Shapes: activations [N, H, W, C], convolution weights [Cout, KH, KW, Cin], dense weights
// [in, out]. They are those of one model; with several (View::models) each view holds one model
// after the other, or is shared by all. Same inputs, same bits, for any number of threads, and for
// a model alone or among others.
//
// A new verb is its struct in the file of its family, its place in the list below, and one file a
// backend (docs/add-an-op.md).
#pragma once

#include "kernels/verbs/augment.h"
#include "kernels/verbs/conv2d.h"
#include "kernels/verbs/gather.h"
#include "kernels/verbs/linear.h"
#include "kernels/verbs/loss.h"
#include "kernels/verbs/memory.h"
#include "kernels/verbs/norm.h"
#include "kernels/verbs/optimizer.h"
#include "kernels/verbs/pointwise.h"
#include "kernels/verbs/pool2d.h"
#include "kernels/verbs/reduce.h"

namespace hone {

// Every verb. The interface of a backend, recordings, their printing and timing, the checks at the
// door and the plugins' ABI number follow from this list.
using Verbs =
    VerbList<verb::Fill, verb::Copy, verb::Cast, verb::Advance, verb::StridedCopy, verb::Random,
             verb::Unary, verb::UnaryBackward, verb::Binary, verb::Compare, verb::Where,
             verb::Reduce, verb::ArgReduce, verb::BroadcastTo, verb::Dropout, verb::Matmul,
             verb::LinearForward, verb::LinearBackwardInput, verb::LinearBackwardWeight,
             verb::Conv2dForward, verb::Conv2dBackwardInput, verb::Conv2dBackwardWeight,
             verb::MaxPool2dForward, verb::MaxPool2dBackward, verb::AvgPool2dForward,
             verb::AvgPool2dBackward, verb::BatchNormStatistics, verb::BatchNormActPoolForward,
             verb::BatchNormActPoolBackward, verb::Softmax, verb::SoftmaxBackward,
             verb::SoftmaxCrossEntropyForward, verb::SoftmaxCrossEntropyBackward,
             verb::AccumulateMetrics, verb::AccumulateValue, verb::SgdStep, verb::AdamStep,
             verb::RmsPropStep, verb::GatherBatch, verb::GatherRows, verb::Gather, verb::ScatterAdd,
             verb::AffineResample, verb::BoxBlend>;

class AnyVerb;  // one of them: kernels/any_verb.h

}  // namespace hone
