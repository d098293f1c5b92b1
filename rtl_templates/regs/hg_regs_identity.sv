// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The registers that say what the accelerator is. Combinational.
module hg_regs_identity #(
  /// Elements of a head: any.
  parameter int DHead = 64,
  /// Multiplier lanes: any.
  parameter int Lanes = 64,
  /// Most tokens of a job: any.
  parameter int MaxTokens = 1024,
  /// Bits of the planes of K, four bits a plane, top plane lowest, 0 behind the last: any.
  parameter int KPlanes = 'h444,
  /// Bits of the planes of V: likewise.
  parameter int VPlanes = 'h444,
  /// Jobs in flight: any.
  parameter int Jobs = 8,
  /// Channels of the memory: any.
  parameter int Channels = 1,
  /// Bits of the data of a channel: any.
  parameter int DataW = 512,
  /// Entries of the table of heads: any.
  parameter int Heads = 16,
  /// Bits of the data of the port for descriptors and streams: any.
  parameter int IoW = 64,
  /// How the planes of V lie: any.
  parameter int VLayout = 0,
  /// What there is: any.
  parameter int Features = 1,
  /// Derived: tokens of a row.
  localparam int RowTokens = (Lanes > DHead) ? Lanes / DHead : 1
) (
  /// Offset of a register.
  input  logic [11:2] addr_i,
  /// Whether it is one of these.
  output logic        known_o,
  /// The register, or 0.
  output logic [31:0] data_o
);

  always_comb begin
    known_o = 1'b1;
    case ({addr_i, 2'b00})
      hg_regs_pkg::MAGIC:       data_o = hg_regs_pkg::MAGIC_VALUE;
      hg_regs_pkg::VERSION:     data_o = hg_regs_pkg::VERSION_VALUE;
      hg_regs_pkg::D_HEAD:      data_o = 32'(DHead);
      hg_regs_pkg::MULTIPLIERS: data_o = 32'(Lanes);
      hg_regs_pkg::ROW_TOKENS:  data_o = 32'(RowTokens);
      hg_regs_pkg::MAX_TOKENS:  data_o = 32'(MaxTokens);
      hg_regs_pkg::K_PLANES:    data_o = 32'(KPlanes);
      hg_regs_pkg::V_PLANES:    data_o = 32'(VPlanes);
      hg_regs_pkg::JOBS:        data_o = 32'(Jobs);
      hg_regs_pkg::CHANNELS:    data_o = 32'(Channels);
      hg_regs_pkg::DATA_W:      data_o = 32'(DataW);
      hg_regs_pkg::HEADS:       data_o = 32'(Heads);
      hg_regs_pkg::IO_W:        data_o = 32'(IoW);
      hg_regs_pkg::V_LAYOUT:    data_o = 32'(VLayout);
      hg_regs_pkg::FEATURES:    data_o = 32'(Features);
      default: begin
        known_o = 1'b0;
        data_o  = '0;
      end
    endcase
  end

endmodule

`default_nettype wire
