"""Mediators and the clerks of mediation committees hold posts; a mediation committee is an organisation."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0006_looking_in'),
    ]

    operations = [
        migrations.AlterField(
            model_name='organisation',
            name='kind',
            field=models.CharField(choices=[('government', '区人民政府'), ('street_office', '街道办事处'), ('order_centre', '工单中心'), ('duty_room', '值班室'), ('office', '街道办公室'), ('enforcement_team', '执法队'), ('service_centre', '服务中心'), ('branch', '派驻机构'), ('bureau', '职能部门'), ('police_liaison', '公安联络'), ('fire_liaison', '消防联络'), ('health_centre', '卫生服务中心'), ('utility', '公用事业单位'), ('community', '社区居委会'), ('property', '物业服务企业'), ('owners', '业主委员会'), ('association', '社会组织'), ('company', '企业'), ('party_branch', '党组织'), ('mediation', '人民调解委员会')], max_length=20),
        ),
        migrations.AlterField(
            model_name='post',
            name='role',
            field=models.CharField(choices=[('grid_leader', '网格长'), ('grid_member', '网格员'), ('building_head', '楼栋长'), ('clerk', '受理员'), ('handler', '经办人'), ('checker', '核查员'), ('unit_head', '单位负责人'), ('leader', '街道领导'), ('mediator', '调解员'), ('case_clerk', '调委会内勤'), ('auditor', '审计员'), ('admin', '系统管理员')], max_length=20),
        ),
        migrations.AlterField(
            model_name='staffing',
            name='role',
            field=models.CharField(choices=[('grid_leader', '网格长'), ('grid_member', '网格员'), ('building_head', '楼栋长'), ('clerk', '受理员'), ('handler', '经办人'), ('checker', '核查员'), ('unit_head', '单位负责人'), ('leader', '街道领导'), ('mediator', '调解员'), ('case_clerk', '调委会内勤'), ('auditor', '审计员'), ('admin', '系统管理员')], max_length=20),
        ),
    ]
