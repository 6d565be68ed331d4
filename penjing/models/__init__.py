"""Networks: one file each, importing torch and nothing of Penjing, so that each can be carried off and used alone."""

MODELS = {  # name: (task it serves, one line)
    "cnn": ("classify", "stages of 3x3 convolutions with batch norm"),
    "mlp": ("classify", "linear layers on flattened pictures"),
}
