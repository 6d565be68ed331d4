"""What a network is before it learns anything: layer by layer, what each sees and what it costs."""
