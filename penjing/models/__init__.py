"""Networks: one file each, importing torch and nothing of Penjing, so that each can be carried off and used alone."""

MODELS = {  # name: (task it serves, one line)
    "cnn": ("classify", "stages of 3x3 convolutions with batch norm"),
    "mlp": ("classify", "linear layers on flattened pictures"),
    "center_net": ("detect", "anchor-free: objects are peaks of a map, each with its box"),
    "char_gru": ("generate", "a gated recurrent unit over characters"),
    "actor_critic": ("act", "two tanh layers for the policy, two for the value"),
}
