"""One training step of a benchmark network in Keras on TensorFlow's CPU, timed.

Prints one JSON line, or with --server answers `run N` lines; see bench_common.py and compare.
--mode function is one compiled tf.function per step (no XLA), train_on_batch is Keras' own call.
"""

import bench_common as common

common.prepare_process()

import keras  # noqa: E402  (after prepare_process)
import tensorflow as tf  # noqa: E402


def extra(parser):
    parser.add_argument("--mode", choices=["function", "train_on_batch"], default="function")


def build(net):
    if net in ("resnet-8", "full"):
        raise SystemExit(f"keras_step: {net} is built in PyTorch alone")
    layers = [keras.Input([28, 28, 1])]
    for kind, *args in common.plan_of(net):
        if kind == "conv":
            layers.append(keras.layers.Conv2D(args[0], args[1], padding=args[2]))
        elif kind == "relu":
            layers.append(keras.layers.ReLU())
        elif kind == "pool":
            layers.append(keras.layers.MaxPooling2D(2))
        elif kind == "flatten":
            layers.append(keras.layers.Flatten())
        elif kind == "dropout":
            layers.append(keras.layers.Dropout(args[0]))
        else:
            layers.append(keras.layers.Dense(args[0]))
    return keras.Sequential(layers)


def make_step(options):
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.utils.set_random_seed(1)
    model = build(options.net)
    assert model.count_params() == common.PARAMETERS[options.net], model.count_params()
    adam = keras.optimizers.Adam(1e-3)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(adam, loss_of, jit_compile=False)
    images = tf.random.uniform([options.images, 28, 28, 1])
    labels = tf.random.uniform([options.images], maxval=10, dtype=tf.int64)
    order = tf.random.shuffle(tf.range(options.images))
    adam.build(model.trainable_variables)

    @tf.function(jit_compile=False)
    def train(rows):
        if options.feed == "fixed":
            x, y = images[:options.batch], labels[:options.batch]
        else:
            x, y = tf.gather(images, rows), tf.gather(labels, rows)
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        variables = model.trainable_variables
        adam.apply(tape.gradient(loss, variables), variables)
        return loss

    position = 0

    def step():
        nonlocal position
        if position + options.batch > options.images:
            position = 0
        rows = order[position:position + options.batch]
        position += options.batch
        if options.mode == "function":
            return train(rows)
        return model.train_on_batch(tf.gather(images, rows), tf.gather(labels, rows))

    return step


def main():
    options = common.arguments(__doc__.splitlines()[0], extra)
    step = make_step(options)
    info = {"framework": "keras", "net": options.net, "batch": options.batch,
            "threads": options.threads, "layout": "channels_last", "precision": "fp32",
            "mode": options.mode, "feed": options.feed, "malloc": options.malloc,
            "keras_version": keras.__version__,
            "tensorflow_version": tf.__version__}
    common.main(options, step, info)


if __name__ == "__main__":
    main()
