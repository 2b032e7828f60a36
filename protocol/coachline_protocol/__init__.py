"""What may be said on the wire: frames, bodies, limits, codes and the connection state machine. Pure, sans-IO."""
