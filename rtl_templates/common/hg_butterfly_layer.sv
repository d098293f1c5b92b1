// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// One layer of a butterfly network: items whose destination differs from their lane in bit
/// `Layer` change places with the partner lane.
///
/// Layers follow one another from bit 0 upwards. The lower bits of a destination are not looked at:
/// `dest_o` has those of the lane in their place, which they equal for every kept item by then, so
/// nothing carries them along. The caller guarantees that no two kept items want the same lane.
/// Combinational, or one cycle with `Registered`; registers move with `en_i`.
module hg_butterfly_layer #(
  /// Lanes; a power of two, 2 and up.
  parameter int Lanes = 16,
  /// Bits of an item, 1 and up.
  parameter int ItemW = 16,
  /// Bit of the lane that this layer decides, 0 to log2(Lanes) - 1.
  parameter int Layer = 0,
  /// Lanes, from lane 0, whose `keep_o` is needed, Lanes - 1 and up; that of another is 0.
  parameter int KeepLanes = 16,
  /// 1: registered outputs; 0: combinational.
  parameter int Registered = 1,
  /// Derived: bits of a lane index.
  localparam int LaneW = hg_pkg::idx_width(Lanes)
) (
  input  logic                   clk_i,
  input  logic                   en_i,
  input  logic [Lanes-1:0]       keep_i,
  input  logic [Lanes*LaneW-1:0] dest_i,
  input  logic [Lanes*ItemW-1:0] item_i,
  output logic [Lanes-1:0]       keep_o,
  output logic [Lanes*LaneW-1:0] dest_o,
  output logic [Lanes*ItemW-1:0] item_o
);

  if (Layer < 0 || 2 ** (Layer + 1) > Lanes) begin : gen_illegal
    ERROR_hg_butterfly_layer_Layer_must_be_a_bit_of_the_lane u_illegal ();
  end

  // Bits of a destination that later layers decide.
  localparam int RestW = LaneW - Layer - 1;

  logic unused;
  assign unused = ^{clk_i, en_i, dest_i};

  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    localparam int Partner = ((i >> Layer) & 1) == 1 ? i - 2 ** Layer : i + 2 ** Layer;
    localparam int Side    = (i >> Layer) & 1;
    logic             stays, comes;
    logic [ItemW-1:0] item;
    assign stays = keep_i[i] && dest_i[i*LaneW+Layer] == 1'(Side);
    assign comes = keep_i[Partner] && dest_i[Partner*LaneW+Layer] == 1'(Side);
    assign item  = comes ? item_i[Partner*ItemW +: ItemW] : item_i[i*ItemW +: ItemW];

    if (Registered != 0) begin : gen_register
      logic [ItemW-1:0] item_q;
      always_ff @(posedge clk_i) begin
        if (en_i) item_q <= item;
      end
      assign item_o[i*ItemW +: ItemW] = item_q;
    end else begin : gen_wire
      assign item_o[i*ItemW +: ItemW] = item;
    end

    if (i >= KeepLanes) begin : gen_no_keep
      logic unused_stays;
      assign unused_stays = stays;
      assign keep_o[i]    = 1'b0;
    end else if (Registered != 0) begin : gen_keep_register
      logic keep_q;
      always_ff @(posedge clk_i) begin
        if (en_i) keep_q <= stays || comes;
      end
      assign keep_o[i] = keep_q;
    end else begin : gen_keep_wire
      assign keep_o[i] = stays || comes;
    end

    assign dest_o[i*LaneW +: Layer+1] = (Layer + 1)'(i);
    if (RestW > 0) begin : gen_rest
      logic [RestW-1:0] rest;
      assign rest = comes ? dest_i[Partner*LaneW+Layer+1 +: RestW]
                          : dest_i[i*LaneW+Layer+1 +: RestW];
      if (Registered != 0) begin : gen_register
        logic [RestW-1:0] rest_q;
        always_ff @(posedge clk_i) begin
          if (en_i) rest_q <= rest;
        end
        assign dest_o[i*LaneW+Layer+1 +: RestW] = rest_q;
      end else begin : gen_wire
        assign dest_o[i*LaneW+Layer+1 +: RestW] = rest;
      end
    end
  end

`ifdef HG_FORMAL
  // Lane `f_i` is followed: what it kept arrives where its destination says, whole, and no lane
  // keeps what came from nowhere.
  logic                   f_taken_q;
  logic [Lanes-1:0]       f_keep_q, f_keep;
  logic [Lanes*LaneW-1:0] f_dest_q, f_dest;
  logic [Lanes*ItemW-1:0] f_item_q, f_item;
  (* anyconst *) logic [LaneW-1:0] f_i;
  wire [LaneW-1:0] f_bit     = LaneW'(1) << Layer;
  wire [LaneW-1:0] f_done    = LaneW'(2 ** (Layer + 1) - 1);
  wire [LaneW-1:0] f_partner = f_i ^ f_bit;

  initial f_taken_q = 1'b0;
  always @(posedge clk_i) begin
    if (en_i) begin
      f_taken_q <= 1'b1;
      f_keep_q  <= keep_i;
      f_dest_q  <= dest_i;
      f_item_q  <= item_i;
    end
  end
  assign f_keep = (Registered != 0) ? f_keep_q : keep_i;
  assign f_dest = (Registered != 0) ? f_dest_q : dest_i;
  assign f_item = (Registered != 0) ? f_item_q : item_i;

  wire [LaneW-1:0] f_own   = f_dest[f_i*LaneW +: LaneW];
  wire [LaneW-1:0] f_other = f_dest[f_partner*LaneW +: LaneW];
  wire [LaneW-1:0] f_to    = (f_i & ~f_bit) | (f_own & f_bit);
  // The contract: no two kept items want the same lane.
  wire             f_legal = !f_keep[f_i] || !f_keep[f_partner] ||
                             ((f_own ^ f_other) & f_bit) != '0;

  always @(posedge clk_i) begin
    if ((f_taken_q || Registered == 0) && f_legal) begin
      if (f_keep[f_i]) begin
        assert (keep_o[f_to]);
        assert (dest_o[f_to*LaneW +: LaneW] == ((f_own & ~f_done) | (f_to & f_done)));
        assert (item_o[f_to*ItemW +: ItemW] == f_item[f_i*ItemW +: ItemW]);
      end
      assert (2'(keep_o[f_i]) + 2'(keep_o[f_partner]) == 2'(f_keep[f_i]) + 2'(f_keep[f_partner]));
      cover (f_keep[f_i] && f_keep[f_partner] && f_to == f_partner);
    end
  end
`endif

endmodule

`default_nettype wire
