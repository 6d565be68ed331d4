"""Networks: one file each, importing torch and nothing of Penjing, so that each can be carried off and used alone."""

MODELS = {  # name: (task it serves, one line)
    "cnn": ("classify", "stages of 3x3 convolutions with batch norm"),
    "mlp": ("classify", "linear layers on flattened pictures"),
    "fast": ("classify", "whitened stem and identity start: learns pictures of about 32 pixels in few epochs"),
    "light": ("classify", "residual blocks behind a strided stem: photographs of 96 to 256 pixels, quick to train"),
    "alexnet": ("classify", "five convolutions and three linear layers; torchvision's weights fit"),
    "vgg11": ("classify", "11 layers: 3x3 convolutions, then linear ones; torchvision's weights fit"),
    "vgg11_bn": ("classify", "vgg11 with batch norm"),
    "vgg13": ("classify", "13 layers: 3x3 convolutions, then linear ones; torchvision's weights fit"),
    "vgg13_bn": ("classify", "vgg13 with batch norm"),
    "vgg16": ("classify", "16 layers: 3x3 convolutions, then linear ones; torchvision's weights fit"),
    "vgg16_bn": ("classify", "vgg16 with batch norm"),
    "vgg19": ("classify", "19 layers: 3x3 convolutions, then linear ones; torchvision's weights fit"),
    "vgg19_bn": ("classify", "vgg19 with batch norm"),
    "resnet18": ("classify", "18 layers: residual blocks of two 3x3 convolutions; torchvision's weights fit"),
    "resnet34": ("classify", "34 layers: residual blocks of two 3x3 convolutions; torchvision's weights fit"),
    "resnet50": ("classify", "50 layers: residual bottlenecks of three convolutions; torchvision's weights fit"),
    "resnet101": ("classify", "101 layers: residual bottlenecks of three convolutions; torchvision's weights fit"),
    "resnet152": ("classify", "152 layers: residual bottlenecks of three convolutions; torchvision's weights fit"),
    "resnet20": ("classify", "20 layers for small pictures: residual blocks"),
    "resnet32": ("classify", "32 layers for small pictures: residual blocks"),
    "resnet44": ("classify", "44 layers for small pictures: residual blocks"),
    "resnet56": ("classify", "56 layers for small pictures: residual blocks"),
    "resnet110": ("classify", "110 layers for small pictures: residual blocks"),
    "plain20": ("classify", "resnet20 without its shortcuts"),
    "plain32": ("classify", "resnet32 without its shortcuts"),
    "plain44": ("classify", "resnet44 without its shortcuts"),
    "plain56": ("classify", "resnet56 without its shortcuts"),
    "plain110": ("classify", "resnet110 without its shortcuts"),
    "center_net": ("detect", "anchor-free: objects are peaks of a map, each with its box"),
    "char_gru": ("generate", "a gated recurrent unit over characters"),
    "actor_critic": ("act", "two tanh layers for the policy, two for the value"),
}

WIDE = frozenset(name for name in MODELS if name.startswith(("alexnet", "vgg")))  # in linear layers: 4096 x 4096
SMALL = [f"{kind}{depth}" for kind in ("resnet", "plain") for depth in (20, 32, 44, 56, 110)]
USUAL = {  # classes, channels and side of the pictures that a network of `classify` is mostly used for
    **{name: (1000, 3, 224) for name, (task, _) in MODELS.items() if task == "classify"},
    **dict.fromkeys(("cnn", "mlp"), (10, 1, 28)),
    **dict.fromkeys(("fast", *SMALL), (10, 3, 32)),
    "light": (10, 3, 128),
}
