"""What may be said on the wire: frames, bodies, limits, codes and the connection states. Pure, sans-IO."""
